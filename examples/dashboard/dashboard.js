import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:http"

/** Interval between samples, in ms. */
const INTERVAL = 500

/** Number of past samples that a new browser receives: one minute. */
const KEPT = 120

const TYPES = ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"]

/**
 * Shows the activity of sockets in a browser: samples their `stats()` twice a second and sends them as server-sent events.
 * The page draws them. Anyone who can reach the port can see it: expose it to a network only behind authentication.
 */
export class Dashboard {
  #sockets = new Map()
  #samples = []
  #listeners = new Set()
  #server = createServer((request, response) => {
    if (request.url === "/events") this.#listen(response)
    else if (request.url === "/") void this.#page(response)
    else response.writeHead(404).end()
  })
  #clock

  watch(name, socket) {
    this.#sockets.set(name, socket)
  }

  /** Resolves to the page's address. @param port 0 for any that is free. */
  async start(port = 0) {
    this.#server.listen(port, "127.0.0.1")
    await once(this.#server, "listening")
    this.#clock = setInterval(() => this.#look(), INTERVAL)
    return `http://127.0.0.1:${this.#server.address().port}/`
  }

  stop() {
    clearInterval(this.#clock)
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #look() {
    const sockets = [...this.#sockets].map(([name, socket]) => {
      return { name, type: TYPES[socket.type] ?? String(socket.type), ...socket.stats() }
    })
    const sample = { time: performance.now(), sockets }
    this.#samples.push(sample)
    if (this.#samples.length > KEPT) this.#samples.shift()
    for (const listener of this.#listeners) listener.write(eventOf(sample))
  }

  #listen(response) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
    response.write(`retry: 1000\n\n${this.#samples.map(eventOf).join("")}`)
    this.#listeners.add(response)
    response.once("close", () => this.#listeners.delete(response))
  }

  async #page(response) {
    const page = await readFile(new URL("page.html", import.meta.url))
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page)
  }
}

function eventOf(sample) {
  return `data: ${JSON.stringify(sample)}\n\n`
}
