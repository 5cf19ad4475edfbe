import { expect } from "chai"
import { once } from "node:events"
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { ByteStream } from "../../../src/core/connection/byte-stream.js"
import type { OriginCheck, StreamOptions } from "../../../src/transports/transport.js"
import { isWebSocketUpgrade, pathOf, WsGate } from "../../../src/transports/ws/ws-gate.js"
import { closing } from "../../support/closing.js"
import { listen } from "../../support/http-servers.js"

/** The handshake of RFC 6455, section 1.3, with a subprotocol of RFC 45. */
const HANDSHAKE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol": "ZWS2.0/NULL,ZWS2.0",
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

describe("WsGate", () => {
  const use = closing()

  /** A server that passes upgrades to a gate, and the gate's reports. */
  async function open({ path, origin, isLocal }: { path?: string; origin?: OriginCheck; isLocal?: boolean } = {}) {
    const options = {
      maxMessageSize: -1,
      maxMultipartSize: -1,
      tcpKeepalive: -1,
      typeOfService: 0,
      webSocketOrigin: origin,
      security: { mechanism: "NULL" },
    } as unknown as StreamOptions
    const accepted: ByteStream[] = []
    const errors: (Error & { code?: string })[] = []
    const gate = new WsGate(
      path,
      options,
      (stream) => {
        accepted.push(stream)
        use({ close: () => stream.destroy() })
      },
      (error) => errors.push(error),
      () => isLocal === true,
    )
    const server = createServer()
    server.on("upgrade", (message, socket, head) => {
      gate.upgrade(message, socket, head)
    })
    const port = await listen(use, server)
    /** Sends an opening handshake, and resolves to the answer. */
    async function ask(target = "/", more: Record<string, string> = {}): Promise<Answer> {
      const client = request({ port, path: target, headers: { ...HANDSHAKE, ...more } })
      client.end()
      const upgraded = once(client, "upgrade") as Promise<[IncomingMessage, Socket]>
      const answered = once(client, "response") as Promise<[IncomingMessage]>
      const [response, socket] = await (Promise.race([upgraded, answered]) as Promise<[IncomingMessage, Socket?]>)
      if (socket !== undefined) {
        use({ close: () => socket.destroy() })
        return { status: response.statusCode!, headers: response.headers, body: "" }
      }
      let body = ""
      for await (const chunk of response.setEncoding("utf8")) body += String(chunk)
      return { status: response.statusCode!, headers: response.headers, body }
    }
    return { gate, accepted, errors, ask }
  }

  it("completes the handshake of RFC 6455, with the first supported subprotocol that the client offers", async () => {
    const { accepted, errors, ask } = await open()
    const { status, headers } = await ask()
    expect([status, headers["sec-websocket-accept"], headers["sec-websocket-protocol"]]).to.deep.equal([
      101,
      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "ZWS2.0/NULL",
    ])
    const plain = await ask("/", { "Sec-WebSocket-Protocol": "chat, ZWS2.0" })
    expect(plain.headers["sec-websocket-protocol"]).to.equal("ZWS2.0")
    expect([accepted.map(({ peerAddress }) => peerAddress), errors]).to.deep.equal([["127.0.0.1", "127.0.0.1"], []])
  })

  it("names peers of a local socket in its own way", async () => {
    const { accepted, ask } = await open({ isLocal: true })
    await ask()
    expect(accepted[0]!.peerAddress).to.equal("localhost")
  })

  it("accepts only its path, with any query, or every path without one", async () => {
    const { ask, errors } = await open({ path: "/feed" })
    expect((await ask("/feed?token=1")).status).to.equal(101)
    for (const target of ["/", "/feed/", "/Feed"]) expect((await ask(target)).status, target).to.equal(404)
    expect([errors, (await (await open()).ask("/anything")).status]).to.deep.equal([[], 101])
  })

  it("answers 400 without a common subprotocol, and reports it", async () => {
    const { ask, errors } = await open()
    expect((await ask("/", { "Sec-WebSocket-Protocol": "ZWS2.0/CURVE" })).status).to.equal(400)
    expect(errors[0]).to.include({
      code: "EPROTONOSUPPORT",
      message: "Peer offers no supported WebSocket subprotocol: expected ZWS2.0/NULL or ZWS2.0",
    })
  })

  it("answers 403 to a page of another origin, with the option that would allow it", async () => {
    for (const [origin, remedy] of [
      [undefined, "set the option webSocketOrigin of the socket to this origin"],
      [["https://a.example"], "set the option webSocketOrigin of the socket to a list with this origin"],
      [() => false, "the function webSocketOrigin of the socket does not return true for it"],
    ] as const) {
      const { ask, errors } = await open({ origin: origin as OriginCheck })
      const { status, body } = await ask("/", { Origin: "https://evil.example" })
      expect(status).to.equal(403)
      expect(body).to.include('A page of "https://evil.example" may not connect').and.include(remedy)
      expect(errors[0]).to.include({ code: "EACCES", message: body.trimEnd() })
    }
  })

  it("answers 403 if the function of the application throws, and reports its error", async () => {
    const cause = new Error("no database")
    const { ask, errors } = await open({
      origin: () => {
        throw cause
      },
    })
    expect((await ask()).status).to.equal(403)
    expect(errors[0]).to.include({ code: "EACCES", cause })
  })

  it("closes connections whose handshake is not complete when it closes", async () => {
    const { gate, accepted, ask } = await open()
    const asked = ask().then(
      () => "answered",
      () => "closed",
    )
    gate.close()
    expect([await asked, accepted]).to.deep.equal(["closed", []])
  })
})

describe("a WebSocket handshake", () => {
  const is = (method: string, upgrade: string | undefined): boolean =>
    isWebSocketUpgrade({ method, headers: { upgrade } } as never)

  it("is a GET with the header Upgrade: websocket, in any case (RFC 6455, section 4.2.1)", () => {
    expect([is("GET", "websocket"), is("GET", "WebSocket"), is("POST", "websocket")]).to.deep.equal([true, true, false])
    expect([is("GET", "h2c"), is("GET", undefined)]).to.deep.equal([false, false])
  })

  it("has a path without its query", () => {
    expect(["/a?b?c", "/", undefined].map((url) => pathOf({ url } as never))).to.deep.equal(["/a", "/", "/"])
  })
})
