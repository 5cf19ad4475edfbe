import type { ClientRequest, IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import type { AnyWebSocket } from "./web-socket-stream.js"

/** What is used of the WebSockets of the package `ws`. */
export interface NodeWebSocket extends AnyWebSocket {
  on(event: "open" | "pong", told: () => void): this
  on(event: "message", told: (message: Uint8Array, isBinary: boolean) => void): this
  on(event: "error", told: (error: Error) => void): this
  on(event: "upgrade", told: (response: IncomingMessage) => void): this
  on(event: "unexpected-response", told: (request: ClientRequest, response: IncomingMessage) => void): this
  off(event: "error", told: (error: Error) => void): this
  ping(): void
  pause(): void
  resume(): void
  terminate(): void
  /** Its own affair, but where it keeps the largest message that it reads, in bytes. */
  readonly _receiver?: { _maxPayload?: unknown } | null
}

/** What is used of the package `ws`. */
export interface WebSockets {
  readonly WebSocket: (new (url: string, options: object) => NodeWebSocket) & { readonly Receiver: Receiver }
  readonly WebSocketServer: new (options: object) => WebSocketServer
}

export interface WebSocketServer {
  on(event: "headers", told: (headers: string[]) => void): this
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (socket: NodeWebSocket) => void): void
}

/** What parses the bytes of a peer: a `Writable`. */
interface Receiver {
  readonly prototype: {
    _write: (this: unknown, chunk: Uint8Array, encoding: string, done: (error?: Error) => void) => void
  }
}

let loading: Promise<WebSockets> | undefined

/** Loads `ws`, which is bundled beside this library, when a WebSocket is needed first. */
export function loadWebSockets(): Promise<WebSockets> {
  loading ??= load().catch((error: unknown) => {
    // Memory may have been short: the next WebSocket tries again.
    loading = undefined
    throw error
  })
  return loading
}

async function load(): Promise<WebSockets> {
  // @ts-expect-error -- made by the build, without types
  const bundle = (await import("../../../vendor/ws.cjs")) as { default: WebSockets & { default?: WebSockets } }
  const webSockets = bundle.default.default ?? bundle.default
  contain(webSockets.WebSocket.Receiver)
  return webSockets
}

/**
 * An exception while bytes of a peer are parsed, such as memory that cannot be allocated for a large message, is an error
 * of that WebSocket. Without this it would be an uncaught exception, since `ws` parses in a listener of the connection.
 */
function contain({ prototype }: Receiver): void {
  const write = prototype._write
  prototype._write = function (chunk, encoding, done) {
    try {
      write.call(this, chunk, encoding, done)
    } catch (error) {
      done(error as Error)
    }
  }
}

/**
 * Sets the largest message that `webSocket` reads from now on, in bytes. `ws` takes it as an option when a WebSocket is
 * made, and never again; should it keep it elsewhere one day, that option holds for all the time.
 */
export function limitPayload({ _receiver: receiver }: NodeWebSocket, bytes: number): void {
  if (typeof receiver?._maxPayload === "number") receiver._maxPayload = bytes
}
