// A socket shares a server with express, fastify, socket.io, and ws. It is bound before and after they are set up, and
// before and after the server listens. Prints one word for each combination that works.
import express from "express"
import fastify from "fastify"
import { once } from "node:events"
import { createServer } from "node:http"
import { Server } from "socket.io"
import { io } from "socket.io-client"
import { WebSocket, WebSocketServer } from "ws"
import { bindToServer, Pull, Push } from "zmtp"

/** Each function returns a server with the neighbor, and a check that the neighbor still works. */
const NEIGHBORS = {
  express: () => {
    const app = express()
    app.get("/", (_request, response) => response.send("page"))
    const server = createServer(app)
    return { server, setUp: () => undefined, check: (url) => serves(url), close: () => close(server) }
  },
  fastify: () => {
    const app = fastify()
    app.get("/", () => "page")
    return {
      server: app.server,
      setUp: () => undefined,
      listen: () => app.listen({ port: 0, host: "127.0.0.1" }),
      check: (url) => serves(url),
      close: () => app.close(),
    }
  },
  "socket.io": () => {
    const server = createServer((_request, response) => response.end("page"))
    let sockets
    return {
      server,
      setUp: () => {
        sockets = new Server(server)
        sockets.on("connection", (socket) => socket.on("question", (text, answer) => answer(`answer to ${text}`)))
      },
      check: async (url) => {
        await serves(url)
        const client = io(url, { transports: ["websocket"] })
        const answer = await client.emitWithAck("question", "a")
        client.close()
        if (answer !== "answer to a") throw new Error(answer)
      },
      close: () => sockets.close(),
    }
  },
  "ws with a path": () => webSockets({ path: "/chat" }),
  "ws without a path": () => webSockets({}),
}

function webSockets(options) {
  const server = createServer((_request, response) => response.end("page"))
  return {
    server,
    setUp: () => {
      new WebSocketServer({ server, ...options }).on("connection", (socket) => {
        socket.on("message", (data) => socket.send(data))
      })
    },
    check: async (url) => {
      await serves(url)
      const client = new WebSocket(`${url.replace("http", "ws")}/chat`)
      await once(client, "open")
      client.send("echo")
      const [data] = await once(client, "message")
      client.close()
      if (String(data) !== "echo") throw new Error(String(data))
    },
    close: () => close(server),
  }
}

async function serves(url) {
  const text = await (await fetch(url, { headers: { connection: "close" } })).text()
  if (text !== "page") throw new Error(`The page is ${text}`)
}

function close(server) {
  server.closeAllConnections()
  server.close()
}

async function listen(server) {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
}

const works = []
for (const [name, create] of Object.entries(NEIGHBORS)) {
  for (const order of [
    "bind, set up, listen",
    "set up, bind, listen",
    "set up, listen, bind",
    "bind, listen, set up",
  ]) {
    const neighbor = create()
    const { server } = neighbor
    const pull = new Pull()
    const steps = {
      bind: () => bindToServer(pull, server, "/feed"),
      "set up": () => neighbor.setUp(),
      listen: () => (neighbor.listen ?? (() => listen(server)))(),
    }
    for (const step of order.split(", ")) await steps[step]()
    const push = new Push({ linger: 0 })
    push.connect(pull.lastEndpoint)
    await push.send("message")
    if (String(await pull.receive()) !== "message") throw new Error(`${name}: ${order}`)
    await neighbor.check(`http://127.0.0.1:${server.address().port}`)
    push.close()
    pull.close()
    await neighbor.close()
  }
  works.push(name)
}
console.log(works.join(", "))
process.exit()
