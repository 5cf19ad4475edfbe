import { expect } from "chai"
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { connect, type AddressInfo, type Socket } from "node:net"
import { connect as connectSecurely } from "node:tls"
import { bindToServer, Pull, Push } from "../../../src/index.js"
import { CERTIFICATE, KEY } from "../../support/certificate.js"
import { closing } from "../../support/closing.js"
import { WebSocketServer } from "../../support/ws.js"
import { listen } from "../../support/http-servers.js"

/** Headers that the HTTP client of Java adds to the first request of each connection. */
const OFFER =
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
  "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"

const HANDSHAKE =
  "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"

/** The application's handler: responds with the request line and the size of the body. */
function page(request: IncomingMessage, response: ServerResponse): void {
  let size = 0
  request.on("data", ({ length }: Buffer) => (size += length))
  request.on("end", () => response.end(`${request.method!} ${request.url!} ${request.headers.upgrade ?? ""} ${size}`))
}

/** Sends requests as they are, and reads the answers. */
class RawClient {
  #text = ""
  #wake: () => void = () => undefined

  constructor(readonly socket: Socket) {
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#text += text
      this.#wake()
    })
    socket
      .on("error", () => undefined)
      .on("close", () => {
        this.#wake()
      })
  }

  write(text: string): this {
    this.socket.write(text, "latin1")
    return this
  }

  /** All data up to and including `end`, or up to the end of the connection. */
  async until(end: RegExp): Promise<string> {
    for (;;) {
      const match = end.exec(this.#text)
      const length = match === null ? this.#text.length : match.index + match[0].length
      if (match !== null || this.socket.closed) {
        const text = this.#text.slice(0, length)
        this.#text = this.#text.slice(length)
        return text
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

for (const [scheme, create, open] of [
  ["http", () => createServer(page), (port: number) => connect(port, "127.0.0.1")],
  [
    "https",
    () => createSecureServer({ key: KEY, cert: CERTIFICATE }, page),
    (port: number) => connectSecurely({ port, host: "127.0.0.1", rejectUnauthorized: false }),
  ],
] as const) {
  describe(`an ${scheme} server that a socket is bound to`, () => {
    const use = closing()
    let server: Server

    beforeEach(async () => {
      server = create()
      await listen(use, server)
    })

    function client(): RawClient {
      return use(new RawClient(open((server.address() as AddressInfo).port)))
    }

    async function carries(pull: Pull): Promise<void> {
      const push = use(new Push({ wssTrustPem: CERTIFICATE, wssHostname: "localhost" }))
      push.connect(pull.lastEndpoint!)
      await push.send("hello")
      expect(String(await pull.receive())).to.equal("hello")
    }

    it("answers a request that merely offers another protocol, at any path", async () => {
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      for (const path of ["/", "/feed", "/feed?x"]) {
        const peer = client().write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${OFFER}\r\n`)
        expect(await peer.until(/GET .*$/)).to.match(/^HTTP\/1\.1 200 /)
      }
      await carries(pull)
    })

    it("continues such a connection like any other: bodies, the next request, and a WebSocket", async () => {
      let connections = 0
      server.on(scheme === "http" ? "connection" : "secureConnection", () => connections++)
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      const peer = client()
      peer.write(`POST /1 HTTP/1.1\r\nHost: a\r\n${OFFER}Content-Length: 100000\r\n\r\n${"x".repeat(50_000)}`)
      await new Promise(setImmediate)
      peer.write("x".repeat(50_000))
      expect(await peer.until(/POST .*$/)).to.match(/POST \/1 h2c 100000$/)
      peer.write(`POST /2 HTTP/1.1\r\nHost: a\r\n${OFFER}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`)
      expect(await peer.until(/POST .*$/)).to.match(/POST \/2 h2c 5$/)
      peer.write("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
      expect(await peer.until(/GET .*$/)).to.match(/GET \/3 {2}0$/)
      peer.write(`GET /feed HTTP/1.1\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n${HANDSHAKE}\r\n`)
      expect(await peer.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 101 /)
      expect(connections).to.equal(1)
    })

    it("answers requests in order", async () => {
      const answers: ServerResponse[] = []
      server.removeAllListeners("request")
      server.on("request", (_request: IncomingMessage, response: ServerResponse) => answers.push(response))
      await bindToServer(use(new Pull()), server, "/feed")
      const peer = client().write(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n${OFFER}\r\n`)
      for (let answered = 0; answered < 2; answered++) {
        while (answers.length <= answered) await once(server, "request")
        answers[answered]!.end(`answer ${answered}.`)
        expect(await peer.until(/answer .*\./)).to.match(new RegExp(`answer ${answered}\\.$`))
      }
    })

    it("rejects a WebSocket at a path that is not bound: 404", async () => {
      await bindToServer(use(new Pull()), server, "/feed")
      const peer = client().write(`GET /other HTTP/1.1\r\n${HANDSHAKE}\r\n`)
      expect(await peer.until(/\r\n\r\n/)).to.match(/^HTTP\/1\.1 404 /)
    })

    it("is in its original state when no path is bound anymore", async () => {
      const callback = (server as { shouldUpgradeCallback?: unknown }).shouldUpgradeCallback
      const [one, other] = [use(new Pull()), use(new Pull())]
      await bindToServer(one, server, "/one")
      await bindToServer(other, server, "/other")
      await one.unbind(one.lastEndpoint!)
      await carries(other)
      other.close()
      expect(server.listenerCount("upgrade")).to.equal(0)
      expect((server as { shouldUpgradeCallback?: unknown }).shouldUpgradeCallback).to.equal(callback)
      const peer = client().write(`GET /one HTTP/1.1\r\n${HANDSHAKE}\r\n`)
      expect(await peer.until(/GET .*$/)).to.match(/GET \/one websocket 0$/)
      await bindToServer(one, server, "/one")
      await carries(one)
    })

    it("is in its original state when a socket is closed while a request is answered", async () => {
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      server.prependListener("request", () => {
        pull.close()
      })
      const peer = client()
      for (const path of ["/1", "/2"]) {
        peer.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${OFFER}\r\n`)
        expect(await peer.until(/GET .*$/)).to.match(/^HTTP\/1\.1 200 /)
        expect(server.listenerCount("upgrade")).to.equal(0)
      }
    })

    it("leaves requests for other paths to other listeners", async () => {
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      const others = new WebSocketServer({ noServer: true })
      server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
        if (request.url === "/feed" && request.headers.upgrade === "websocket") return
        if (request.headers.upgrade === "websocket") others.handleUpgrade(request, socket, head, (ws) => ws.close())
        else socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\nhello")
      })
      for (const [path, headers, answer] of [
        ["/other", HANDSHAKE, /^HTTP\/1\.1 101 .*\r\nUpgrade: websocket\r\n/],
        ["/feed", `Host: a\r\n${OFFER}`, /^HTTP\/1\.1 101 .*\r\nConnection: Upgrade\r\nUpgrade: other\r\n/],
      ] as const) {
        const peer = client().write(`GET ${path} HTTP/1.1\r\n${headers}\r\n`)
        expect(await peer.until(/\r\n\r\n/)).to.match(answer)
      }
      await carries(pull)
    })

    it("survives a client that offers another protocol and resets the connection", async () => {
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      server.removeAllListeners("request")
      const asked = once(server, "request")
      const peer = client().write(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n${OFFER}\r\n`)
      const [, response] = (await asked) as [IncomingMessage, ServerResponse]
      const closed = once(response, "close")
      // A TLS connection cannot be reset.
      if (scheme === "http") peer.socket.resetAndDestroy()
      else peer.socket.destroy()
      await closed
      server.on("request", page)
      await carries(pull)
    })
  })
}
