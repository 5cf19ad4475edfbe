import { expect } from "chai"
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net"
import type * as ws from "ws"
import { bindToServer, Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { caught } from "../support/receiving.js"
import { WebSocket, WebSocketServer } from "../support/ws.js"

describe("bindToServer", () => {
  const use = closing()

  function httpServer(): Server {
    const server = createServer((_request, response) => response.end("page"))
    use({
      close: () => {
        server.closeAllConnections()
        server.close()
      },
    })
    return server
  }

  async function listen(server: Server): Promise<void> {
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
  }

  async function carries(pull: Pull): Promise<void> {
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("hello")
    expect(String(await pull.receive())).to.equal("hello")
  }

  function urlOf(server: Server, path: string): string {
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  }

  async function echoes(url: string): Promise<void> {
    const client = use(new WebSocket(url))
    await once(client, "open")
    client.send("hello")
    const [data] = (await once(client, "message")) as [Buffer]
    expect(String(data)).to.equal("hello")
  }

  for (const [name, options] of [
    ["with a path", { path: "/chat" }],
    ["without a path", {}],
  ] as const) {
    for (const order of ["before", "after"] as const) {
      it(`shares a server with a WebSocketServer of the package ws ${name}, set up ${order} it`, async () => {
        const server = httpServer()
        await listen(server)
        const pull = use(new Pull())
        let heard: string[] = []
        const chat = (): void => {
          const webSockets = new WebSocketServer({ server, ...options })
          webSockets.on("connection", (socket: ws.WebSocket, request: IncomingMessage) => {
            heard.push(request.url!)
            socket.on("message", (data: Buffer) => {
              socket.send(data)
            })
          })
        }
        if (order === "before") chat()
        await bindToServer(pull, server, "/feed")
        if (order === "after") chat()
        await carries(pull)
        await echoes(urlOf(server, "/chat"))
        await carries(pull)
        expect(heard).to.deep.equal(["/chat"])
        heard = []
        // Unbinding leaves the server running for its other users.
        await pull.unbind(pull.lastEndpoint!)
        await echoes(urlOf(server, "/chat"))
        expect(heard).to.deep.equal(["/chat"])
      })
    }
  }

  it("hides its upgrade requests from other listeners, and leaves other requests to them", async () => {
    const server = httpServer()
    await listen(server)
    const seen: string[] = []
    const first = (request: IncomingMessage, socket: Socket): void => {
      seen.push(`first ${request.url!}`)
      socket.end("HTTP/1.1 418 Theirs\r\n\r\n")
    }
    server.on("upgrade", first)
    const pull = use(new Pull())
    await bindToServer(pull, server, "/feed")
    server.prependListener("upgrade", (request: IncomingMessage) => seen.push(`second ${request.url!}`))
    await carries(pull)
    const { port } = server.address() as AddressInfo
    const client = use(new WebSocket(`ws://127.0.0.1:${port}/other`))
    client.on("error", () => undefined)
    const [, response] = (await once(client, "unexpected-response")) as [unknown, IncomingMessage]
    expect(response.statusCode).to.equal(418)
    expect(seen).to.deep.equal(["second /other", "first /other"])
  })

  it("does not affect a server whose events other code intercepts, too", async () => {
    const server = httpServer()
    await listen(server)
    const [one, other] = [use(new Pull()), use(new Pull())]
    await bindToServer(one, server, "/one")
    const seen: unknown[] = []
    const emit = server.emit.bind(server)
    const intercept = (event: string, ...args: unknown[]): boolean => {
      seen.push(event)
      return emit(event, ...args)
    }
    server.emit = intercept
    await carries(one)
    await one.unbind(one.lastEndpoint!)
    expect(Reflect.get(server, "emit")).to.equal(intercept)
    await bindToServer(other, server, "/other")
    await carries(other)
    await other.unbind(other.lastEndpoint!)
    expect(seen).to.include("upgrade")
    expect(Reflect.get(server, "emit")).to.equal(intercept)
  })

  it("leaves nothing behind on the server after unbind", async () => {
    const server = httpServer()
    await listen(server)
    const pull = use(new Pull())
    await bindToServer(pull, server, "/feed")
    await pull.unbind(pull.lastEndpoint!)
    expect(Object.hasOwn(server, "emit")).to.equal(false)
    expect(server.eventNames()).to.not.include("upgrade")
  })

  describe("before the server listens", () => {
    it("resolves, and accepts peers when the server is listening", async () => {
      const server = httpServer()
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      expect(pull.lastEndpoint).to.equal("ws://*:*/feed")
      const bound = nextEvent(pull, "bind")
      await listen(server)
      expect(pull.lastEndpoint).to.equal(urlOf(server, "/feed"))
      expect(await bound).to.deep.equal({ type: "bind", address: urlOf(server, "/feed") })
      await carries(pull)
      await pull.unbind(pull.lastEndpoint!)
      expect(server.listenerCount("upgrade")).to.equal(0)
    })

    it("knows the endpoint immediately if the server was told to listen on an IP address", async () => {
      const server = httpServer()
      const pull = use(new Pull())
      server.listen(0, "127.0.0.1")
      await bindToServer(pull, server, "/feed")
      expect(pull.lastEndpoint).to.equal(urlOf(server, "/feed"))
      await carries(pull)
    })

    it("is unbound by its current endpoint", async () => {
      const server = httpServer()
      const before = server.listenerCount("listening")
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      await pull.unbind("ws://*:*/feed")
      expect(server.listenerCount("upgrade")).to.equal(0)
      expect(server.listenerCount("listening")).to.equal(before)
    })

    it("rejects a path that is in use", async () => {
      const server = httpServer()
      await bindToServer(use(new Pull()), server, "/feed")
      expect(await caught(bindToServer(use(new Pull()), server, "/feed"))).to.include({ code: "EADDRINUSE" })
    })

    it("keeps its endpoint while the server is closed, and follows it to another port", async () => {
      const server = httpServer()
      const pull = use(new Pull())
      await bindToServer(pull, server, "/feed")
      await listen(server)
      const first = pull.lastEndpoint
      server.close()
      await once(server, "close")
      expect(pull.lastEndpoint).to.equal(first)
      await listen(server)
      expect(pull.lastEndpoint).to.equal(urlOf(server, "/feed"))
      await carries(pull)
    })
  })

  describe("arguments", () => {
    for (const [name, server, hint] of [
      ["an Express app", Object.assign(() => undefined, { listen: () => undefined }), /http\.createServer\(app\)/],
      ["a Fastify instance", { listen: () => undefined, server: createServer() }, /fastify\.server/],
      ["a TCP server", createTcpServer(), /got Server/],
      ["a port", 8080, /got number/],
      ["nothing", undefined, /got undefined/],
      ["null", null, /got null/],
    ] as const) {
      it(`reject ${name} in place of an HTTP server, and explain what is expected`, async () => {
        const error = await caught(bindToServer(use(new Pull()), server as unknown as Server, "/feed"))
        expect(error).to.be.instanceOf(TypeError)
        expect((error as Error).message).to.match(/^Invalid server: expected an http\.Server or https\.Server/)
        expect((error as Error).message).to.match(hint)
      })
    }

    it("reject what is not a socket, and a path that is not a string", async () => {
      const wrong = await caught(bindToServer({} as unknown as Pull, httpServer(), "/feed"))
      expect(wrong).to.be.instanceOf(TypeError)
      expect((wrong as Error).message).to.match(/^Invalid socket/)
      const path = await caught(bindToServer(use(new Pull()), httpServer(), 5 as unknown as string))
      expect(path).to.be.instanceOf(TypeError)
    })

    it("require a path that begins with a slash: EINVAL", async () => {
      const error = await caught(bindToServer(use(new Pull()), httpServer(), "feed"))
      expect(error).to.include({ code: "EINVAL", address: "feed" })
      expect((error as { cause: Error }).cause.message).to.equal(
        'Invalid path "feed": expected one that begins with "/"',
      )
    })
  })

  it("answers a WebSocket request for another path with 404 if the server has no other upgrade listener", async () => {
    const server = httpServer()
    await bindToServer(use(new Pull()), server, "/feed")
    await listen(server)
    const client = use(new WebSocket(urlOf(server, "/nobody")))
    client.on("error", () => undefined)
    const [, response] = (await once(client, "unexpected-response")) as [unknown, IncomingMessage]
    expect(response.statusCode).to.equal(404)
  })
})
