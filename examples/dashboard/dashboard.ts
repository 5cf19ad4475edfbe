import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Socket, SocketStats } from "../../src/index.js"

/** Between two looks at the sockets, in ms. */
const INTERVAL = 500

/** What a browser gets that comes late: a minute. */
const KEPT = 120

const TYPES = ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"]

interface Sample {
  /** In ms, of a clock that only goes on. */
  readonly time: number
  readonly sockets: readonly (SocketStats & { readonly name: string; readonly type: string })[]
}

/**
 * Shows what sockets do in a browser: looks at their `stats()` twice a second and passes them on as server-sent events.
 * The page does the rest. It is for whoever can reach the port: bind it to a network only behind something that asks.
 */
export class Dashboard {
  readonly #sockets = new Map<string, Socket>()
  readonly #samples: Sample[] = []
  readonly #listeners = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => {
    if (request.url === "/events") this.#listen(response)
    else if (request.url === "/") void this.#page(response)
    else response.writeHead(404).end()
  })
  #clock: NodeJS.Timeout | undefined

  watch(name: string, socket: Socket): void {
    this.#sockets.set(name, socket)
  }

  /** Resolves to the page's address. @param port 0 for any that is free. */
  async start(port = 0): Promise<string> {
    this.#server.listen(port, "127.0.0.1")
    await once(this.#server, "listening")
    this.#clock = setInterval(() => this.#look(), INTERVAL)
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  stop(): void {
    clearInterval(this.#clock)
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #look(): void {
    const sockets = [...this.#sockets].map(([name, socket]) => {
      return { name, type: TYPES[socket.type] ?? String(socket.type), ...socket.stats() }
    })
    const sample = { time: performance.now(), sockets }
    this.#samples.push(sample)
    if (this.#samples.length > KEPT) this.#samples.shift()
    for (const listener of this.#listeners) listener.write(eventOf(sample))
  }

  #listen(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
    response.write(`retry: 1000\n\n${this.#samples.map(eventOf).join("")}`)
    this.#listeners.add(response)
    response.once("close", () => this.#listeners.delete(response))
  }

  async #page(response: ServerResponse): Promise<void> {
    const page = await readFile(new URL("page.html", import.meta.url))
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page)
  }
}

function eventOf(sample: Sample): string {
  return `data: ${JSON.stringify(sample)}\n\n`
}
