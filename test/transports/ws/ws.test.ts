import { expect } from "chai"
import { generateKeyPairSync } from "node:crypto"
import { once } from "node:events"
import { createServer, get, type IncomingMessage } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { connect, type AddressInfo, type Socket } from "node:net"
import {
  bindToServer,
  curveKeyPair,
  Dealer,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
} from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { limitOf, nextEvent } from "../../support/events.js"
import { caught, texts } from "../../support/receiving.js"
import { CERTIFICATE, EXPIRED, KEY } from "../../support/certificate.js"
import { RUNTIME } from "../../support/runtime.js"
import { WebSocket, WebSocketServer } from "../../support/ws.js"
import { MAX_HANDSHAKE_COMMAND } from "../../../src/zmtp/limits.js"
import { encodeMetadata } from "../../../src/zmtp/handshake/metadata.js"
import { listen } from "../../support/http-servers.js"
import { skip } from "../../support/skip.js"

const LOCAL = "ws://127.0.0.1:*"
/** Bun's servers report a connection only when they have received data over it. */
const TOLD_LATE = RUNTIME === "Bun"
/** Options for TLS. */
const SECURE = { wssKeyPem: KEY, wssCertPem: CERTIFICATE }
const TRUSTING = { wssTrustPem: CERTIFICATE, wssHostname: "localhost" }
const [SERVER, CLIENT] = [curveKeyPair(), curveKeyPair()]

describe("ws", () => {
  const use = closing()

  async function bound(address = LOCAL, options: object = {}): Promise<Pull> {
    const pull = use(new Pull(options))
    await pull.bind(address)
    return pull
  }

  async function carries(pull: Pull, endpoint = pull.lastEndpoint!, options: object = {}): Promise<void> {
    const push = use(new Push(options))
    push.connect(endpoint)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  }

  /** A plain WebSocket without ZMTP. */
  function raw(endpoint: string, options: object = {}): InstanceType<typeof WebSocket> {
    const { host, ...rest } = options as { host?: string }
    const headers = { "Sec-WebSocket-Protocol": "ZWS2.0/NULL", ...(host === undefined ? {} : { host }) }
    const socket = new WebSocket(endpoint, { perMessageDeflate: false, headers, ...rest })
    socket.on("upgrade", (response) => {
      delete response.headers["sec-websocket-protocol"]
    })
    use({
      close: () => {
        socket.terminate()
      },
    })
    return socket
  }

  /** The TCP connection of a WebSocket. */
  function wireOf(socket: InstanceType<typeof WebSocket>): Socket {
    return (socket as unknown as { _socket: Socket })._socket
  }

  async function statusOf(endpoint: string, options: object): Promise<number | undefined> {
    const socket = raw(endpoint, options)
    socket.on("error", () => undefined)
    const outcome = await Promise.race([
      once(socket, "open").then(() => 101),
      once(socket, "unexpected-response").then(([, response]) => (response as { statusCode: number }).statusCode),
    ])
    return outcome
  }

  for (const [address, endpoint] of [
    ["ws://127.0.0.1:*", /^ws:\/\/127\.0\.0\.1:[1-9]\d*$/],
    ["ws://127.0.0.1:*/a/b", /^ws:\/\/127\.0\.0\.1:[1-9]\d*\/a\/b$/],
    ["ws://localhost:0/", /^ws:\/\/127\.0\.0\.1:[1-9]\d*$/],
  ] as const) {
    it(`binds ${address} and reports the actual address and port`, async () => {
      const pull = await bound(address)
      expect(pull.lastEndpoint).to.match(endpoint)
      await carries(pull)
    })
  }

  for (const [path, escaped] of [
    ["/\u00e4", "/%C3%A4"],
    ["/a b", "/a%20b"],
    ["/%c3%a4", "/%c3%a4"],
    ["/{x}", "/%7Bx%7D"],
    ["/a/../b", "/b"],
  ] as const) {
    it(`binds ${path} as URLs escape it, and accepts connections to either form`, async () => {
      const pull = await bound(LOCAL + path)
      const { protocol, host, pathname } = new URL(pull.lastEndpoint!)
      expect(pull.lastEndpoint).to.equal(`${protocol}//${host}${pathname}`)
      expect(pathname).to.equal(escaped)
      await carries(pull)
      await carries(pull, `${protocol}//${host}${path}`)
    })
  }

  it("is unbound by the path that it was bound with", async () => {
    const free = await bound()
    const endpoint = `${free.lastEndpoint!}/\u00e4`
    await free.unbind(free.lastEndpoint!)
    const pull = await bound(endpoint)
    expect(pull.lastEndpoint).to.not.equal(endpoint)
    await pull.unbind(endpoint)
    await bound(endpoint)
  })

  it("accepts a query when connecting, which is for others to read", async () => {
    const pull = await bound(`${LOCAL}/feed`)
    await carries(pull, `${pull.lastEndpoint!}?token=a/b`)
  })

  for (const path of ["/feed?x", "/feed#x", "?x", "#x"]) {
    it(`rejects binding ${path}: EINVAL`, async () => {
      const address = `ws://127.0.0.1:1234${path}`
      expect(await caught(use(new Pull()).bind(address))).to.include({ code: "EINVAL", address })
      expect(() => {
        use(new Pull()).bindSync(address)
      })
        .to.throw()
        .that.includes({ code: "EINVAL", address })
    })
  }

  for (const address of [
    "ws://127.0.0.1:",
    "ws://127.0.0.1:x/path",
    "ws://:1/",
    "ws:///path",
    "ws://127.0.0.1:1/#x",
    "ws://127.0.0.1:1/?x#y",
    "ws://127.0.0.1:1?x",
  ]) {
    it(`rejects connecting to ${address}: EINVAL`, () => {
      expect(() => {
        use(new Push()).connect(address)
      })
        .to.throw()
        .that.includes({ code: "EINVAL", address })
    })
  }

  it("binds synchronously with bindSync", async () => {
    const pull = use(new Pull())
    pull.bindSync(LOCAL)
    await carries(pull)
  })

  it("reports that an address is in use: EADDRINUSE", async () => {
    const pull = await bound()
    expect(await caught(use(new Pull()).bind(pull.lastEndpoint!))).to.include({ code: "EADDRINUSE" })
  })

  it("releases its address on unbind", async () => {
    const pull = await bound("ws://127.0.0.1:*/x")
    const endpoint = pull.lastEndpoint!
    await pull.unbind(endpoint)
    await bound(endpoint)
  })

  it("transfers messages of many frames and sizes in both directions, in order", async () => {
    const [router, dealer] = [use(new Router()), use(new Dealer({ routingId: "d" }))]
    await router.bind(LOCAL)
    dealer.connect(router.lastEndpoint!)
    const sizes = [0, 1, 124, 125, 126, 65_534, 65_535, 70_000, 1_000_000]
    await dealer.send(sizes.map((size) => Buffer.alloc(size, size % 251)))
    const [id, ...frames] = await router.receive()
    expect(String(id)).to.equal("d")
    expect(frames.map(({ length }) => length)).to.deep.equal(sizes)
    expect(frames.every((frame, index) => frame.equals(Buffer.alloc(sizes[index]!, sizes[index]! % 251)))).to.equal(
      true,
    )
    for (let number = 0; number < 3000; number++) await router.send(["d", String(number)])
    const received = await texts(dealer, 3000)
    expect(received).to.deep.equal(Array.from({ length: 3000 }, (_, number) => String(number)))
  })

  it("transfers subscriptions", async () => {
    const [publisher, subscriber] = [use(new XPublisher()), use(new Subscriber())]
    await publisher.bind(LOCAL)
    subscriber.connect(publisher.lastEndpoint!)
    subscriber.subscribe("news")
    expect(String(await publisher.receive())).to.equal("\x01news")
    await publisher.send("other")
    await publisher.send("news!")
    expect(await texts(subscriber, 1)).to.deep.equal(["news!"])
  })

  it("applies backpressure at the high-water marks, without losing messages", async () => {
    const pull = use(new Pull({ receiveHighWaterMark: 5 }))
    const push = use(new Push({ sendHighWaterMark: 5 }))
    await pull.bind(LOCAL)
    push.connect(pull.lastEndpoint!)
    const body = Buffer.alloc(100_000)
    let sent = 0
    while (push.trySend([String(sent), body]) || sent === 0) sent++
    const rest = push.send(["last", body])
    const received: string[] = []
    while (received.at(-1) !== "last") received.push(String((await pull.receive())[0]))
    await rest
    expect(received).to.deep.equal([...Array.from({ length: sent }, (_, number) => String(number)), "last"])
  })

  it("reconnects when the connection is lost", async () => {
    const pull = await bound()
    const push = use(new Push({ reconnectInterval: 1 }))
    push.connect(pull.lastEndpoint!)
    await push.send("a")
    expect(await texts(pull, 1)).to.deep.equal(["a"])
    const gone = nextEvent(push, "disconnect")
    await pull.unbind(pull.lastEndpoint!)
    await gone
    await pull.bind(pull.lastEndpoint!)
    await push.send("b")
    expect(await texts(pull, 1)).to.deep.equal(["b"])
  })

  it("sends queued messages before it closes", async () => {
    const pull = await bound()
    const push = new Push()
    push.connect(pull.lastEndpoint!)
    for (let number = 0; number < 100; number++) await push.send(Buffer.alloc(20_000))
    push.close()
    for (let number = 0; number < 100; number++) await pull.receive()
  })

  it("sends heartbeats as WebSocket pings, and disconnects a peer that does not answer", async () => {
    const router = use(new Router({ heartbeatInterval: 20 }))
    await router.bind(LOCAL)
    const peer = raw(router.lastEndpoint!, { autoPong: false })
    const pinged = once(peer, "ping")
    await once(peer, "open")
    peer.send(Buffer.from(READY_DEALER, "hex"))
    const lost = nextEvent(router, "disconnect")
    await pinged
    expect((await lost).error).to.include({ code: "ETIMEDOUT" })
  })

  it("is not available to Stream: ENOCOMPATPROTO", async () => {
    expect(await caught(use(new Stream()).bind(LOCAL))).to.include({ code: "ENOCOMPATPROTO" })
  })

  describe("security", () => {
    it("supports PLAIN", async () => {
      const reply = use(new Reply({ plainServer: true }))
      reply.authenticate = ({ username }) => username === "user"
      await reply.bind(LOCAL)
      const request = use(new Request({ plainUsername: "user", plainPassword: "secret" }))
      request.connect(reply.lastEndpoint!)
      await request.send("?")
      expect(await texts(reply, 1)).to.deep.equal(["?"])
      const stranger = use(new Request({ plainUsername: "other", plainPassword: "secret" }))
      const refused = nextEvent(stranger, "handshake:error:auth")
      stranger.connect(reply.lastEndpoint!)
      await refused
    })

    it("supports CURVE", async () => {
      const [server, client] = [curveKeyPair(), curveKeyPair()]
      const pull = await bound(LOCAL, { curveServer: true, curveSecretKey: server.secretKey })
      await carries(pull, pull.lastEndpoint!, {
        curveServerKey: server.publicKey,
        curvePublicKey: client.publicKey,
        curveSecretKey: client.secretKey,
      })
    })

    it("reports an invalid server key as an event, as over tcp", async () => {
      const CURVE = { curveServer: true, curveSecretKey: SERVER.secretKey }
      const keys = { curvePublicKey: CLIENT.publicKey, curveSecretKey: CLIENT.secretKey }
      for (const scheme of ["tcp", "ws"]) {
        const pull = await bound(`${scheme}://127.0.0.1:*`, CURVE)
        // A point of small order: the result of every key exchange with it is zero.
        const push = use(new Push({ ...keys, curveServerKey: "0".repeat(40) }))
        push.connect(pull.lastEndpoint!)
        expect((await nextEvent(push, "handshake:error:protocol")).error.code).to.equal("ERR_ZMTP_KEY_EXCHANGE")
        await nextEvent(push, "disconnect")
        // The process and the socket still work.
        await carries(pull, pull.lastEndpoint!, { ...keys, curveServerKey: SERVER.publicKey })
      }
    })

    it("authenticates peers without a mechanism by their address", async () => {
      const pull = use(new Pull())
      const asked: string[] = []
      pull.authenticate = ({ address }) => asked.push(address) > 0
      await pull.bind(LOCAL)
      await carries(pull)
      expect(asked).to.deep.equal(["127.0.0.1"])
    })

    it("rejects a peer with another mechanism", async () => {
      const pull = await bound(LOCAL, { plainServer: true })
      const failed = nextEvent(pull, "accept:error")
      use(new Push()).connect(pull.lastEndpoint!)
      expect((await failed).error.code).to.equal("EPROTONOSUPPORT")
    })

    for (const [origin, check, status] of [
      [undefined, undefined, 101],
      ["http://127.0.0.1:3000", undefined, 101],
      ["http://evil.example", undefined, 403],
      ["http://evil.example", "*", 101],
      ["http://a.example", "http://a.example", 101],
      ["http://b.example", "http://a.example", 403],
      ["http://b.example", ["http://a.example", "http://b.example"], 101],
      ["http://b.example", (from: string | undefined) => from === "http://b.example", 101],
      [undefined, (from: string | undefined) => from !== undefined, 403],
    ] as const) {
      it(`answers ${status} to pages of ${origin} when origins are ${String(check)}`, async () => {
        const pull = use(new Pull())
        pull.webSocketOrigin = check
        await pull.bind(LOCAL)
        expect(await statusOf(pull.lastEndpoint!, origin === undefined ? {} : { origin })).to.equal(status)
      })
    }

    for (const [check, said] of [
      [undefined, /set the option webSocketOrigin of the socket to this origin/],
      ["http://a.example", /set the option webSocketOrigin of the socket to a list with this origin/],
      [() => false, /the function webSocketOrigin of the socket does not return true for it/],
    ] as const) {
      it(`explains how to allow a page that is rejected: origins are ${String(check)}`, async () => {
        const pull = use(new Pull())
        pull.webSocketOrigin = check
        await pull.bind(LOCAL)
        const failed = nextEvent(pull, "accept:error")
        const url = pull.lastEndpoint!.replace("ws:", "http:")
        const { error } = await new Promise<{ error: string }>((resolve, reject) => {
          const headers = {
            connection: "upgrade",
            upgrade: "websocket",
            origin: "http://evil.example",
            "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "sec-websocket-version": "13",
          }
          get(url, { headers }, (response) => {
            let text = ""
            response.setEncoding("latin1").on("data", (chunk: string) => (text += chunk))
            response.on("end", () => {
              resolve({ error: text })
            })
          }).on("error", reject)
        })
        expect(error).to.match(/^A page of "http:\/\/evil\.example" may not connect: /)
        expect(error).to.match(said)
        const { cause, code } = (await failed).error
        expect([code, `${(cause as Error).message}\n`]).to.deep.equal(["EACCES", error])
      })
    }

    describe("with DNS rebinding: a site's name resolves to a loopback address", () => {
      for (const [origin, host, status] of [
        ["http://evil.example", "evil.example", 403],
        ["http://evil.example:8080", "evil.example:5555", 403],
        ["http://localhost.evil.example", "localhost.evil.example", 403],
        ["http://127.0.0.1.evil.example", "127.0.0.1.evil.example", 403],
        ["http://localhost.", "localhost.", 403],
        ["http://10.0.0.7:3000", "127.0.0.1:5555", 403],
        ["http://10.0.0.7:3000", "localhost:5555", 403],
        ["http://evil.example", "localhost:5555", 403],
        ["http://localhost:5173", "localhost:5555", 101],
        ["http://localhost:5173", "127.0.0.1:5555", 101],
        ["https://127.0.0.1:5173", "localhost:5555", 101],
        ["http://[::1]:5173", "127.0.0.1:5555", 101],
        ["http://10.0.0.7:3000", "10.0.0.7:5555", 101],
      ] as const) {
        it(`answers ${status} to a page of ${origin} that requests ${host}`, async () => {
          const pull = await bound()
          expect(await statusOf(pull.lastEndpoint!, { origin, host })).to.equal(status)
        })
      }

      it("accepts any name on which the page and the request agree over TLS, where the certificate proves it", async () => {
        const pull = use(new Pull(SECURE))
        await pull.bind("wss://127.0.0.1:*")
        const options = { origin: "https://app.example", host: "app.example", rejectUnauthorized: false }
        expect(await statusOf(pull.lastEndpoint!, options)).to.equal(101)
      })
    })

    for (const [origin, host] of [
      ["null", "["],
      ["http://[", "["],
      ["not a URL", "a b"],
      ["", "["],
      ["null", undefined],
      ["file://", undefined],
      ["app://127.0.0.1", "127.0.0.1"],
      ["http://127.0.0.1, http://evil.example", "127.0.0.1"],
      ["http://evil.example", "127.0.0.1@evil.example"],
      ["http://evil.example", "evil.example/127.0.0.1"],
    ]) {
      it(`answers 403 to pages of "${origin}" that request "${host ?? "no host"}": neither reveals the origin`, async () => {
        const pull = await bound()
        pull.events
        const { port } = new URL(pull.lastEndpoint!)
        const socket = connect(Number(port), "127.0.0.1")
        use({ close: () => socket.destroy() })
        socket.write(
          `GET / HTTP/1.${host === undefined ? 0 : 1}\r\n${host === undefined ? "" : `Host: ${host}\r\n`}` +
            `Origin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n",
        )
        const [answer] = (await once(socket, "data")) as [Buffer]
        expect(String(answer)).to.match(/^HTTP\/1\.1 403 /)
        expect((await nextEvent(pull, "accept:error")).error).to.include({ code: "EACCES" })
      })
    }

    it("rejects all clients if the function of the application throws, or returns anything but true", async () => {
      const checks = [
        () => {
          throw new Error("broken")
        },
        // eslint-disable-next-line @typescript-eslint/require-await -- a mistake of the application
        (async () => false) as unknown as () => boolean,
      ]
      for (const check of checks) {
        const pull = use(new Pull())
        pull.webSocketOrigin = check
        await pull.bind(LOCAL)
        const refused = nextEvent(pull, "accept:error")
        expect(await statusOf(pull.lastEndpoint!, { origin: "http://a.example" })).to.equal(403)
        expect((await refused).error).to.include({ code: "EACCES" })
      }
    })

    it("leaves no unhandled rejection if the function of the application is async and fails", async () => {
      const rejections: unknown[] = []
      const note = (reason: unknown): void => void rejections.push(reason)
      process.on("unhandledRejection", note)
      use({ close: () => process.off("unhandledRejection", note) })
      const pull = use(new Pull())
      pull.webSocketOrigin = (() => Promise.reject(new Error("broken"))) as unknown as () => boolean
      await pull.bind(LOCAL)
      expect(await statusOf(pull.lastEndpoint!, {})).to.equal(403)
      expect(rejections).to.deep.equal([])
    })
  })

  describe("limits", () => {
    async function joined(pull: Pull, ...messages: (Uint8Array | string)[]): Promise<ReturnType<typeof raw>> {
      const socket = raw(pull.lastEndpoint!)
      await once(socket, "open")
      socket.send(Buffer.from(READY_PUSH, "hex"))
      for (const message of messages) socket.send(message)
      return socket
    }

    it("disconnects a peer whose frame exceeds maxMessageSize", async () => {
      const pull = await bound(LOCAL, { maxMessageSize: 5 })
      const gone = nextEvent(pull, "disconnect")
      await joined(pull, Buffer.from("\0hello"), Buffer.from("\0hello!"))
      expect(await texts(pull, 1)).to.deep.equal(["hello"])
      expect(limitOf(await gone)).to.equal("maxMessageSize")
    })

    it("does not read a frame that is announced to exceed maxMessageSize", async () => {
      const pull = await bound(LOCAL, { maxMessageSize: 100_000 })
      const gone = nextEvent(pull, "disconnect")
      const socket = await joined(pull)
      wireOf(socket).write(Buffer.from("82ff0000000040000000", "hex"))
      expect(limitOf(await gone)).to.equal("maxMessageSize")
    })

    it("does not read a frame that is announced to exceed the limit of a handshake command", async () => {
      const pull = await bound()
      const failed = nextEvent(pull, "handshake:error:protocol")
      const socket = raw(pull.lastEndpoint!)
      await once(socket, "open")
      wireOf(socket).write(Buffer.from("82ff000000000001000200000000", "hex"))
      expect(limitOf(await failed)).to.equal("size of a command")
    })

    it("does not read more than that from a server, either, before the handshake", async () => {
      const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
      use(server)
      server.on("connection", (peer) => {
        use({
          close: () => {
            peer.terminate()
          },
        })
        wireOf(peer).write(Buffer.from("827f0000000000010002", "hex"))
      })
      await once(server, "listening")
      const push = use(new Push())
      const failed = nextEvent(push, "handshake:error:protocol")
      push.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
      expect(limitOf(await failed)).to.equal("size of a command")
    })

    it("reads the largest handshake command, and any message right after it", async () => {
      const pull = await bound()
      const socket = raw(pull.lastEndpoint!)
      await once(socket, "open")
      const { length } = encodeMetadata([["X-Long", Buffer.alloc(0)]])
      const room = MAX_HANDSHAKE_COMMAND - (READY_PUSH.length / 2 - 1) - length
      const long = encodeMetadata([["X-Long", Buffer.alloc(room)]])
      // Sent together, so that they can arrive in one chunk.
      wireOf(socket).cork()
      socket.send(Buffer.concat([Buffer.from(READY_PUSH, "hex"), long]))
      socket.send(Buffer.alloc(1_000_000))
      wireOf(socket).uncork()
      expect((await pull.receive())[0]).to.have.length(999_999)
    })

    for (const [what, server, client] of [
      ["NULL with authentication", {}, {}],
      ["PLAIN", { plainServer: true }, { plainUsername: "user", plainPassword: "secret" }],
      [
        "CURVE",
        { curveServer: true, curveSecretKey: SERVER.secretKey },
        { curveServerKey: SERVER.publicKey, curvePublicKey: CLIENT.publicKey, curveSecretKey: CLIENT.secretKey },
      ],
    ] as const) {
      it(`transfers large messages in both directions as soon as the handshake is complete: ${what}`, async () => {
        const [reply, request] = [use(new Reply(server)), use(new Request(client))]
        reply.authenticate = () => new Promise((resolve) => setImmediate(resolve, true))
        await reply.bind(LOCAL)
        request.connect(reply.lastEndpoint!)
        await request.send(Buffer.alloc(1_000_000))
        const [question] = await reply.receive()
        await reply.send(question!)
        expect((await request.receive())[0]).to.have.length(1_000_000)
      })
    }

    for (const [what, message] of [
      ["text", "hello"],
      ["an empty message", Buffer.alloc(0)],
    ] as const) {
      it(`disconnects a peer that sends ${what}`, async () => {
        const pull = await bound()
        const gone = nextEvent(pull, "disconnect")
        await joined(pull, message)
        expect((await gone).error).to.include({ code: "ERR_ZMTP_UNSPECIFIED" })
      })
    }

    it("disconnects a peer that does not mask frames", async () => {
      const pull = await bound()
      const gone = nextEvent(pull, "disconnect")
      const socket = await joined(pull)
      wireOf(socket).write(Buffer.from("82060068656c6c6f", "hex"))
      expect((await gone).error).to.include({ code: "ERR_ZMTP_UNSPECIFIED" })
    })

    it("ends WebSockets whose handshake takes longer than handshakeInterval", async () => {
      const pull = await bound(LOCAL, { handshakeInterval: 50 })
      const socket = raw(pull.lastEndpoint!)
      await once(socket, "close")
    })

    it("rejects connections above maxConnections", async () => {
      const pull = await bound(LOCAL, { maxConnections: 1 })
      await carries(pull)
      const failed = nextEvent(pull, "accept:error")
      use(new Push()).connect(pull.lastEndpoint!)
      expect(limitOf(await failed)).to.equal("maxConnections")
    })

    for (const [scheme, server, client] of [
      ["ws", {}, {}],
      ["wss", SECURE, TRUSTING],
    ] as const) {
      const address = `${scheme}://127.0.0.1:*`

      /** A connection over which no data is sent. */
      async function silent(pull: Pull): Promise<Socket> {
        const socket = connect(Number(new URL(pull.lastEndpoint!).port), "127.0.0.1")
        use({ close: () => socket.destroy() })
        socket.on("error", () => undefined).resume()
        await once(socket, "connect")
        return socket
      }

      it(`counts a connection over ${scheme} against maxConnections before it has sent anything`, async function () {
        if (TOLD_LATE) skip(this, "this runtime tells late that a connection is gone")
        const pull = await bound(address, { maxConnections: 1, ...server })
        const failed = nextEvent(pull, "accept:error")
        const first = await silent(pull)
        const second = await silent(pull)
        const { error } = await failed
        expect([limitOf({ error }), error.code]).to.deep.equal(["maxConnections", "EMFILE"])
        if (!first.closed) await once(first, "close")
        expect(second.readyState).to.equal("open")
        await carries(pull, pull.lastEndpoint!, { reconnectInterval: 1, ...client })
      })

      it(`counts a connection over ${scheme} once, whatever it becomes`, async () => {
        const pull = await bound(address, { maxConnections: 2, ...server })
        await carries(pull, pull.lastEndpoint!, client)
        await carries(pull, pull.lastEndpoint!, client)
        const failed = nextEvent(pull, "accept:error")
        use(new Push(client)).connect(pull.lastEndpoint!)
        expect(limitOf(await failed)).to.equal("maxConnections")
      })

      it(`closes silent connections over ${scheme} when it is unbound`, async function () {
        if (TOLD_LATE) skip(this, "this runtime tells late that a connection is gone")
        const pull = await bound(address, server)
        const socket = await silent(pull)
        const closed = once(socket, "close")
        // Connections are accepted in order, so the silent one has been accepted as well.
        await carries(pull, pull.lastEndpoint!, client)
        await pull.unbind(pull.lastEndpoint!)
        await closed
      })

      it(`closes connections over ${scheme} that send nothing within handshakeInterval`, async function () {
        if (TOLD_LATE) skip(this, "this runtime tells late that a connection is gone")
        const pull = await bound(address, { handshakeInterval: 50, ...server })
        const failed = nextEvent(pull, "accept:error")
        const closed = once(await silent(pull), "close")
        expect((await failed).error.code).to.equal("ETIMEDOUT")
        await closed
      })
    }

    it("answers other requests with 426, because it is for WebSockets", async () => {
      const pull = await bound()
      const { status } = await fetch(pull.lastEndpoint!.replace("ws:", "http:"))
      expect(status).to.equal(426)
    })

    it("answers the same to a request that offers another protocol", async () => {
      const pull = await bound()
      const socket = connect(Number(new URL(pull.lastEndpoint!).port), "127.0.0.1")
      use({ close: () => socket.destroy() })
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
      const [answer] = (await once(socket, "data")) as [Buffer]
      expect(String(answer)).to.match(/^HTTP\/1\.1 426 .*\r\nUpgrade: websocket\r\n/)
    })

    it("does not keep a rejected connection, even if the other half stays open", async () => {
      const pull = await bound("ws://127.0.0.1:*/feed")
      const { port } = new URL(pull.lastEndpoint!)
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true })
      socket.write("GET /other HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
      socket.on("error", () => undefined).resume()
      await once(socket, "end")
      // Further data is answered with a reset.
      while (!socket.destroyed) {
        socket.write("more")
        await new Promise(setImmediate)
      }
    })

    it("accepts messages with limits over 31 bits", async () => {
      const pull = await bound(LOCAL, { maxMessageSize: 2 ** 32, maxMultipartSize: 2 ** 32 })
      await carries(pull)
    })

    it("accepts only the bound path: 404", async () => {
      const pull = await bound("ws://127.0.0.1:*/feed")
      expect(await statusOf(pull.lastEndpoint!.replace("/feed", "/other"), {})).to.equal(404)
    })
  })

  describe("on a server of the application", () => {
    async function listening() {
      const server = createServer((_request, response) => response.end("page"))
      await listen(use, server)
      return server
    }

    it("accepts sockets at separate paths, along with the server's own requests", async () => {
      const server = await listening()
      const [one, other] = [use(new Pull()), use(new Pull())]
      await bindToServer(one, server, "/one")
      await bindToServer(other, server, "/other")
      const { port } = server.address() as AddressInfo
      expect(one.lastEndpoint).to.equal(`ws://127.0.0.1:${port}/one`)
      await carries(one)
      await carries(other)
      const page = await fetch(`http://127.0.0.1:${port}/one`, { headers: { connection: "close" } })
      expect(await page.text()).to.equal("page")
      expect(await statusOf(`ws://127.0.0.1:${port}/third`, {})).to.equal(404)
    })

    it("accepts connections to a path that URLs escape", async () => {
      const server = await listening()
      const pull = use(new Pull())
      await bindToServer(pull, server, "/\u00e4")
      const { port } = server.address() as AddressInfo
      expect(pull.lastEndpoint).to.equal(`ws://127.0.0.1:${port}/%C3%A4`)
      await carries(pull, `ws://127.0.0.1:${port}/\u00e4`)
    })

    it("rejects a path with a query or a fragment, or an invalid one: EINVAL", async () => {
      const server = await listening()
      for (const path of ["/feed?x", "/feed#x", "feed"]) {
        expect(await caught(bindToServer(use(new Pull()), server, path))).to.include({ code: "EINVAL", address: path })
      }
    })

    for (const [status, code] of [
      [403, "EACCES"],
      [404, "ENOENT"],
      [418, "ECONNABORTED"],
      [503, "ECONNABORTED"],
    ] as const) {
      it(`reports in its events that the server has answered ${status}`, async () => {
        const server = createServer()
        server.on("upgrade", (_request, socket: Socket) => {
          socket.end(`HTTP/1.1 ${status} Because\r\nContent-Length: 0\r\n\r\n`)
        })
        use({ close: () => server.close() })
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        const push = use(new Push())
        const closed = nextEvent(push, "close")
        push.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
        const { error } = await closed
        expect(error).to.include({ code, statusCode: status })
        expect((error!.cause as Error).message).to.equal(`Server answered ${status} Because`)
      })
    }

    it("reports in its events that no server listens, that a name is unknown, and that a server uses another protocol", async () => {
      const server = await listening()
      const { port } = server.address() as AddressInfo
      server.on("upgrade", (request, socket: Socket, head: Buffer) => {
        new WebSocketServer({ noServer: true, handleProtocols: () => "chat" }).handleUpgrade(
          request,
          socket,
          head,
          () => undefined,
        )
      })
      server.prependListener("upgrade", (request: IncomingMessage) => {
        request.headers["sec-websocket-protocol"] = "chat"
      })
      for (const [endpoint, code] of [
        ["ws://127.0.0.1:1", "ECONNREFUSED"],
        ["ws://unknown.invalid:80", /^(ENOTFOUND|EAI_AGAIN)$/],
        [`ws://127.0.0.1:${port}`, "EPROTONOSUPPORT"],
      ] as const) {
        const push = use(new Push())
        const closed = nextEvent(push, "close")
        push.connect(endpoint)
        expect((await closed).error!.code).to.match(new RegExp(code))
      }
    })

    it("reports the close code of a WebSocket that its server closes", async () => {
      const server = await listening()
      const { port } = server.address() as AddressInfo
      const webSockets = new WebSocketServer({ server, path: "/closing", handleProtocols: () => "ZWS2.0" })
      webSockets.on("connection", (socket) => {
        socket.send(Buffer.of(0))
        socket.close(4321, "no more")
      })
      server.prependListener("upgrade", (request: IncomingMessage) => {
        request.headers["sec-websocket-protocol"] = "ZWS2.0"
      })
      const push = use(new Push())
      const gone = nextEvent(push, "disconnect")
      push.connect(`ws://127.0.0.1:${port}/closing`)
      const { error } = await gone
      expect(error).to.include({ code: "ECONNRESET", closeCode: 4321 })
      expect((error!.cause as Error).message).to.equal("Peer closed the WebSocket with code 4321: no more")
    })

    it("rejects a path that is in use: EADDRINUSE", async () => {
      const server = await listening()
      await bindToServer(use(new Pull()), server, "/feed")
      expect(await caught(bindToServer(use(new Pull()), server, "/feed"))).to.include({ code: "EADDRINUSE" })
    })

    it("does not affect the server when it is unbound, and releases its path", async () => {
      const server = await listening()
      const publisher = use(new Publisher())
      await bindToServer(publisher, server, "/feed")
      await publisher.unbind(publisher.lastEndpoint!)
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      await carries(pull)
      expect(server.listening).to.equal(true)
    })
  })

  describe("wss", () => {
    it("transfers messages over TLS if the peer trusts the certificate", async () => {
      const pull = await bound("wss://127.0.0.1:*/x", SECURE)
      expect(pull.lastEndpoint).to.match(/^wss:\/\/127\.0\.0\.1:\d+\/x$/)
      await carries(pull, pull.lastEndpoint!, TRUSTING)
    })

    it("does not connect to a server that is not trusted, or has another name", async () => {
      const pull = await bound("wss://127.0.0.1:*", SECURE)
      for (const options of [{}, { wssTrustPem: CERTIFICATE, wssHostname: "another.example" }]) {
        const push = use(new Push({ reconnectInterval: 0, ...options }))
        const closed = nextEvent(push, "close")
        push.connect(pull.lastEndpoint!)
        await closed
      }
    })

    it("does not connect to a server whose certificate has expired, and reports it", async () => {
      const pull = await bound("wss://127.0.0.1:*", { wssKeyPem: KEY, wssCertPem: EXPIRED })
      const push = use(new Push({ reconnectInterval: 0, wssTrustPem: EXPIRED, wssHostname: "localhost" }))
      const closed = nextEvent(push, "close")
      push.connect(pull.lastEndpoint!)
      const { error } = await closed
      const reason = RUNTIME === "Deno" ? /unable to verify/i : /expired/i
      expect([error?.message, (error?.cause as Error | undefined)?.message].join()).to.match(reason)
    })
    for (const [what, options, code, message] of [
      ["a self-signed certificate", {}, "DEPTH_ZERO_SELF_SIGNED_CERT", /self-signed certificate/],
      [
        "a certificate for another name",
        { wssTrustPem: CERTIFICATE, wssHostname: "another.example" },
        "ERR_TLS_CERT_ALTNAME_INVALID",
        /another\.example/,
      ],
    ] as const) {
      it(`reports in its events that ${what} is the reason`, async function () {
        if (RUNTIME !== "Node") skip(this, "the codes of certificates are OpenSSL's")
        const pull = await bound("wss://127.0.0.1:*", SECURE)
        const push = use(new Push(options))
        const closed = nextEvent(push, "close")
        push.connect(pull.lastEndpoint!)
        const { error } = await closed
        const retried = await nextEvent(push, "connect:retry")
        for (const reason of [error!, retried.error]) {
          expect(reason).to.include({ code })
          expect((reason.cause as Error).message).to.match(message)
        }
      })
    }

    it("is accepted at a path of an HTTPS server of the application", async () => {
      const server = createSecureServer({ key: KEY, cert: CERTIFICATE })
      const port = await listen(use, server)
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      expect(pull.lastEndpoint).to.equal(`wss://127.0.0.1:${port}/feed`)
      await carries(pull, pull.lastEndpoint!, TRUSTING)
    })

    it("is not bound without a key and its certificate: EINVAL", async () => {
      expect(await caught(use(new Pull()).bind("wss://127.0.0.1:*"))).to.include({ code: "EINVAL" })
      const pull = use(new Pull({ wssKeyPem: "no key", wssCertPem: "no certificate" }))
      expect(await caught(pull.bind("wss://127.0.0.1:*"))).to.include({ code: "EINVAL" })
      const { privateKey } = generateKeyPairSync("ed25519")
      const other = String(privateKey.export({ format: "pem", type: "pkcs8" }))
      const mixed = use(new Pull({ wssKeyPem: other, wssCertPem: CERTIFICATE }))
      expect(await caught(mixed.bind("wss://127.0.0.1:*"))).to.include({ code: "EINVAL" })
    })
  })
})

const READY_DEALER = "020552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000000"
const READY_PUSH = "020552454144590b536f636b65742d547970650000000450555348"
