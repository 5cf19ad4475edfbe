import { zmqError } from "../../core/errors.js"
import type { Runtime } from "../../core/runtime/runtime.js"
import { asFrame } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import { HANDLER } from "../authentication/zap.js"
import type { ThreadLedger } from "../threads/thread-ledger.js"
import { StreamTransport } from "../stream/stream-transport.js"
import type { Binding, ConnectedEndpoint } from "../transport.js"
import { ContextBoard } from "./context-board.js"
import { decodeError, encodeError } from "./error-note.js"
import { IoHost, IoSocket, type DistantEnd } from "./io-host.js"
import type { IoLine } from "./io-line.js"
import type { IoNote, IoRequest, SocketFacts } from "./io-note.js"
import { decodeOptions, encodeBytes, mapMetadata } from "./io-values.js"
import { NotePort } from "./note-port.js"
import type { ThreadData } from "./thread-code.js"

type RequestOf<Kind extends IoRequest["kind"]> = Extract<IoRequest, { readonly kind: Kind }>

/** An endpoint in this thread. */
interface Endpoint {
  readonly host: IoHost
  readonly socket: SharedSocket
  /** Undefined until it is bound. */
  binding?: Binding
  /** A request that arrived while it was being bound. */
  ending?: RequestOf<"close">
  connection?: ConnectedEndpoint
}

/** A socket, and the number of its endpoints and pipes in this thread. */
interface SharedSocket {
  readonly socket: IoSocket
  uses: number
}

/** A pipe whose session is in this thread. It is removed when both of its ends are closed. */
interface Line {
  readonly line: IoLine
  readonly near: DistantEnd
  readonly socket: SharedSocket
  openEnds: number
}

/** The program of an I/O thread: runs transports for the sockets of another thread. */
export class IoServer {
  readonly runtime: Runtime
  readonly #port: NotePort<IoNote, IoRequest>
  readonly #board: ContextBoard
  readonly #number: number
  readonly #endpoints = new Map<number, Endpoint>()
  readonly #sockets = new Map<number, SharedSocket>()
  readonly #lines = new Map<number, Line>()
  readonly #questions = new Map<number, (verdict: Verdict | Error) => void>()
  #lastPipe = -1
  #lastQuestion = 0
  /** Number of sessions that linger. */
  #lingering = 0

  /**
   * @param transports Transports by scheme.
   * @param ledger Records whether another thread has bound the ZAP handler, if the context shares its names.
   */
  constructor(
    data: ThreadData,
    private readonly transports: ReadonlyMap<string, unknown>,
    runtime: Runtime,
    private readonly ledger: Pick<ThreadLedger, "holder"> | undefined,
  ) {
    this.#number = data.number
    this.#board = new ContextBoard(data.board)
    // The thread of the sockets keeps the process alive, not this one.
    this.runtime = { ...runtime, keepAlive: { hold: this.#hold, release: this.#release } }
    this.#port = new NotePort<IoNote, IoRequest>(data.port, runtime)
    this.#port.start(this)
  }

  post(note: IoNote, memory?: ArrayBuffer): void {
    this.#port.post(note, memory)
  }

  ring(pipe: number): void {
    this.#port.ring(pipe)
  }

  flush(): void {
    this.#port.flush()
  }

  // Called by hosts

  /** This thread assigns odd numbers, the other thread even ones. */
  nextPipe(): number {
    return (this.#lastPipe += 2)
  }

  opened(line: IoLine, near: DistantEnd, { key }: SocketFacts): void {
    const socket = this.#sockets.get(key)!
    socket.uses++
    this.#lines.set(line.id, { line, near, socket, openEnds: 2 })
  }

  /** Records that one end of a pipe has closed. */
  closed(pipe: number): void {
    const line = this.#lines.get(pipe)
    if (line === undefined || --line.openEnds > 0) return
    this.#lines.delete(pipe)
    this.#leave(line.socket)
  }

  /** Whether a ZAP handler is bound in the process. */
  get hasZapHandler(): boolean {
    return this.#board.hasZapHandler || this.ledger?.holder(HANDLER) !== undefined
  }

  /** Requests a verdict on a peer from the socket of `endpoint`. */
  ask(
    endpoint: number,
    credentials: Credentials,
    address: string,
    gone: AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void {
    const question = ++this.#lastQuestion
    this.#questions.set(question, judged)
    gone.addEventListener("abort", () => {
      if (this.#questions.delete(question)) this.post({ kind: "unasked", question })
    })
    const plain = { ...credentials, credentials: credentials.credentials.map(encodeBytes) }
    this.post({ kind: "ask", endpoint, question, credentials: plain, address })
  }

  /** Removes `endpoint`, and sends the last note about it. */
  over(endpoint: number): void {
    const found = this.#endpoints.get(endpoint)
    if (found === undefined) return
    this.#endpoints.delete(endpoint)
    this.#leave(found.socket)
    this.post({ kind: "over", endpoint })
  }

  // NoteHandler

  hear(request: IoRequest): void {
    switch (request.kind) {
      case "bind":
        this.#bind(request)
        break
      case "connect":
        this.#connect(request)
        break
      case "unbind":
        this.#unbind(request)
        break
      case "close":
        this.#close(this.#endpoints.get(request.endpoint), request)
        break
      case "disconnect":
        this.#disconnect(request)
        break
      case "verdict":
        this.#judged(request)
        break
      case "settle":
        this.#settle()
        break
      case "exit":
        // Runs after the listeners that remove files.
        process.once("exit", () => {
          this.#board.answered(this.#number)
        })
        process.exit()
        break
      default:
        this.#hearOf(request)
    }
  }

  wake(pipe: number): void {
    this.#lines.get(pipe)?.line.pipe.wake()
  }

  /** Handles a request about one pipe. */
  #hearOf(request: RequestOf<"piece" | "gone" | "known" | "discard" | "expel">): void {
    const found = this.#lines.get(request.pipe)
    if (found === undefined) return
    const { line, near, socket } = found
    switch (request.kind) {
      case "piece":
        line.arrived(request.piece)
        break
      case "gone":
        socket.socket.departed.remove(near)
        this.closed(request.pipe)
        break
      case "known":
        line.pipe.resume()
        break
      case "discard":
        line.pipe.skip(request.count)
        break
      case "expel":
        line.pipe.expel(decodeError(request.error))
    }
  }

  #bind(request: RequestOf<"bind">): void {
    const { endpoint: id, scheme, address, atOnce } = request
    const endpoint = this.#open(request)
    const transport = this.#transport(scheme)
    const bound = (binding: Binding): void => {
      endpoint.binding = binding
      this.post({ kind: "bound", endpoint: id, name: binding.endpoint })
      if (endpoint.ending !== undefined) this.#close(endpoint, endpoint.ending)
    }
    const refused = (error: unknown): void => {
      this.#endpoints.delete(id)
      this.#leave(endpoint.socket)
      this.post({ kind: "refused", endpoint: id, error: encodeError(error) })
      if (endpoint.ending !== undefined) this.post({ kind: "done" })
    }
    if (!atOnce) {
      transport.bind(address, endpoint.host).then(bound, refused)
      return
    }
    try {
      bound(transport.bindSync(address, endpoint.host))
    } catch (error) {
      refused(error)
    }
    this.flush()
    this.#board.answered(this.#number)
  }

  #connect(request: RequestOf<"connect">): void {
    const { endpoint: id, scheme, address, routingId } = request
    const endpoint = this.#open(request, request.pipe)
    const ended = (): void => {
      this.post({ kind: "ended", endpoint: id })
      endpoint.host.ending()
    }
    try {
      const name = routingId === undefined ? undefined : asFrame(routingId)
      endpoint.connection = this.#transport(scheme).connect(address, endpoint.host, name, ended)
    } catch (error) {
      // The other thread has already checked the options.
      endpoint.host.emit({ type: "close", address: `${scheme}://${address}`, error: error as Error })
      ended()
    }
  }

  #unbind({ endpoint: id, linger }: RequestOf<"unbind">): void {
    const endpoint = this.#endpoints.get(id)
    void endpoint?.binding?.unbind(linger).then(() => {
      this.post({ kind: "unbound", endpoint: id })
      endpoint.host.ending()
    })
  }

  #close(endpoint: Endpoint | undefined, request: RequestOf<"close">): void {
    // The socket does not wait until an endpoint is bound again.
    if (endpoint !== undefined && endpoint.binding === undefined) {
      endpoint.ending = request
      return
    }
    endpoint?.binding?.close(request.linger)
    // The address is free after a turn of the event loop.
    this.runtime.nextTurn(() => {
      this.post({ kind: "done" })
    })
    endpoint?.host.ending()
  }

  #disconnect({ endpoint: id, linger }: RequestOf<"disconnect">): void {
    const endpoint = this.#endpoints.get(id)
    endpoint?.connection?.disconnect(linger)
    this.post({ kind: "done" })
    endpoint?.host.ending()
  }

  #judged({ question, verdict, error }: RequestOf<"verdict">): void {
    const judged = this.#questions.get(question)
    this.#questions.delete(question)
    if (verdict === undefined) judged?.(error === undefined ? zmqError("EFAULT") : decodeError(error))
    else judged?.({ ...verdict, metadata: mapMetadata(verdict.metadata, asFrame) })
  }

  #open(
    { endpoint: id, socket: facts, options }: RequestOf<"bind" | "connect">,
    pipe?: RequestOf<"connect">["pipe"],
  ): Endpoint {
    const socket = this.#sockets.get(facts.key) ?? { socket: new IoSocket(facts, this.#number), uses: 0 }
    this.#sockets.set(facts.key, socket)
    socket.uses++
    const host = new IoHost(this, socket.socket, facts, id, decodeOptions(options), pipe)
    const endpoint: Endpoint = { host, socket }
    this.#endpoints.set(id, endpoint)
    return endpoint
  }

  /** @throws Error if there is none, which the other thread has already checked. */
  #transport(scheme: string): StreamTransport {
    const transport = this.transports.get(scheme)
    if (transport instanceof StreamTransport) return transport
    throw new Error(`No transport for ${scheme}:// in I/O threads`)
  }

  #leave(shared: SharedSocket): void {
    if (--shared.uses === 0) this.#sockets.delete(shared.socket.facts.key)
  }

  /** The end of the event loop is the answer: it shows that no writes are pending. */
  #settle(): void {
    const { port } = this.#port
    port.unref()
    process.once("beforeExit", () => {
      port.ref()
      this.post({ kind: "done" })
      this.flush()
    })
  }

  readonly #hold = (): void => {
    if (this.#lingering++ === 0) this.post({ kind: "lingers", lingers: true })
  }

  readonly #release = (): void => {
    if (--this.#lingering === 0) this.post({ kind: "lingers", lingers: false })
  }
}
