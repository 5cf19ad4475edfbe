import { NO_OWNER } from "../../core/pipe/pipe.js"
import { zmqError } from "../../core/errors.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import { asFrame } from "../../zmtp/bytes.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import { newSharedPipe, type SharedPipe } from "../threads/shared-pipe.js"
import { ThreadPipe } from "../threads/thread-pipe.js"
import type { TransportHost, TransportOptions } from "../transport.js"
import { encodeError } from "./error-note.js"
import { IoLine, type LineEvents } from "./io-line.js"
import type { IoNote } from "./io-note.js"
import type { IoThread } from "./io-thread.js"
import { SenderTrace } from "./sender-trace.js"
import { decodeEvent, decodePeer, encodeBytes, mapMetadata } from "./io-values.js"

/** The side of a pipe that belongs to the socket. */
const SOCKET_SIDE = 0

/** Delay before the endpoints of a failed thread are established again, in ms. It doubles with each consecutive failure. */
export const FIRST_PAUSE = 100
export const LONGEST_PAUSE = 30_000

type NoteOf<Kind extends IoNote["kind"]> = Extract<IoNote, { readonly kind: Kind }>

/** The socket's end of a pipe, and what is known about the other end. */
interface Near {
  readonly pipe: ThreadPipe
  /** Whether a peer was announced. */
  known: boolean
  readonly trace: SenderTrace | undefined
  /** Whether this end is open. */
  open: boolean
  /** Whether the other end is known to be closed. */
  gone: boolean
}

/** The owner of an endpoint: a binding or a connection of the socket. */
export interface EndpointOwner {
  /** The endpoint's name in events. */
  address(): string
  /** A connected endpoint has ended permanently. */
  ended(): void
  /** The I/O thread has ended. @param pause Time until `restart`, in ms. */
  lost(error: Error, pause: number): void
  /** Starts over with another `IoEndpoint`. */
  restart(): void
}

/**
 * Represents an endpoint whose listener or dialer is in an I/O thread, in the thread of its socket: the socket's ends of
 * its pipes, its events, and the authentication of its peers.
 */
export class IoEndpoint {
  readonly id: number
  /** Whether the socket has closed the endpoint, and accepts no more pipes. */
  closed = false
  /** Whether the close event was already emitted. */
  saidClosed = false
  readonly #pipes = new Map<number, Near>()
  /** The destinations of the pipes of a connected endpoint. The first of them is the endpoint itself. */
  readonly #destinations: object[] = []
  readonly #questions = new Map<number, AbortController>()

  constructor(
    readonly thread: IoThread,
    readonly host: TransportHost,
    private readonly options: TransportOptions,
    private readonly features: ConnectionFeatures,
    private readonly owner: EndpointOwner,
  ) {
    this.id = thread.add(this)
  }

  // The socket

  /** Creates the pipe that queues messages before there is a connection. Returns `undefined` if the socket refuses it. */
  openPipe(
    routingId: Uint8Array | undefined,
    destination: object,
  ): { readonly id: number; readonly shared: SharedPipe } | undefined {
    const [id, shared] = [this.thread.nextPipe(), newSharedPipe()]
    const pipe = this.#open(id, shared)
    this.#destinations.push(destination)
    pipe.destination = destination
    this.host.attach(pipe, routingId)
    if (pipe.severed) return undefined
    pipe.activate()
    return { id, shared }
  }

  /** Closes the socket's ends of all pipes. */
  detachAll(): void {
    for (const { pipe, open } of [...this.#pipes.values()]) if (open) this.host.detach(pipe)
  }

  // Notes from the I/O thread

  hear(note: IoNote): void {
    switch (note.kind) {
      case "event":
        if (!this.saidClosed || note.event.type !== "close") this.host.emit(decodeEvent(note.event))
        break
      case "attach":
        this.#attach(note)
        break
      case "ask":
        this.#judge(note)
        break
      case "ended":
        // If the thread ends now, the endpoint is not established again.
        this.closed = true
        this.owner.ended()
        break
      case "over":
        this.thread.remove(this)
        break
      default:
        break
    }
  }

  /** Handles a note about one of the pipes. */
  hearOf(note: NoteOf<"peer" | "withdrawn" | "failed" | "detach" | "gone">): void {
    const near = this.#pipes.get(note.pipe)
    if (near === undefined) return
    if (note.kind === "gone") {
      near.gone = true
      this.#forget(note.pipe, near)
      for (let left = note.unread; left > 0; left--) this.host.undelivered?.(near.pipe, undefined)
      return
    }
    if (!near.open) return
    const { pipe } = near
    switch (note.kind) {
      case "peer": {
        const peer = decodePeer(note.peer)
        near.trace?.announced(peer, pipe.queued)
        pipe.announced(peer)
        if (!near.known) {
          near.known = true
          pipe.activate()
        }
        if (note.waits) this.thread.post({ kind: "known", pipe: note.pipe })
        break
      }
      case "withdrawn":
        pipe.peer = undefined
        break
      case "failed":
        this.host.peerFailed(pipe)
        break
      case "detach":
        this.host.detach(pipe)
    }
  }

  /** The verdict is no longer needed. */
  unasked(question: number): void {
    this.#questions.get(question)?.abort(PEER_GONE)
    this.#questions.delete(question)
  }

  /** Handles the end of the I/O thread, which has ended all connections. @param pause Time until the endpoint is established again, in ms. */
  abandon(error: Error, pause: number): void {
    const address = this.owner.address()
    for (const { pipe, open } of [...this.#pipes.values()]) {
      if (!open) continue
      const { peer } = pipe
      pipe.abandon()
      if (peer !== undefined) this.host.emit({ type: "disconnect", address, error, peer: peer as NetworkPeer })
    }
    for (const question of this.#questions.keys()) this.unasked(question)
    // Listeners may have closed the socket.
    if (!this.closed) this.owner.lost(error, pause)
  }

  /** Establishes the endpoint again, in another thread. */
  restart(): void {
    if (!this.closed) this.owner.restart()
  }

  #open(id: number, shared: SharedPipe): ThreadPipe {
    const { thread, host } = this
    const events: LineEvents = {
      discard: (count) => {
        thread.post({ kind: "discard", pipe: id, count })
      },
      expel: (reason) => {
        thread.post({ kind: "expel", pipe: id, error: encodeError(reason) })
      },
      closed: () => {
        near.open = false
        this.#forget(id, near)
        thread.post({ kind: "gone", pipe: id, unread: 0 })
      },
    }
    const line = new IoLine(id, thread, events, false)
    const pipe = new ThreadPipe(host, host.pipeOptions(), SOCKET_SIDE, shared, line)
    line.pipe = pipe
    const trace = this.options.tracePeers ? new SenderTrace() : undefined
    pipe.trace = trace?.received
    const near: Near = { pipe, known: false, trace, open: true, gone: false }
    this.#pipes.set(id, near)
    thread.lines.set(id, { line, endpoint: this })
    return pipe
  }

  #forget(id: number, { open, gone }: Near): void {
    if (open || !gone) return
    this.#pipes.delete(id)
    this.thread.lines.delete(id)
  }

  #attach({ pipe: id, shared, dialer, routingId }: NoteOf<"attach">): void {
    const pipe = this.#open(id, shared)
    if (this.closed) {
      pipe.owner = NO_OWNER
      pipe.close()
      return
    }
    if (dialer !== undefined) pipe.destination = this.#destinations[dialer] ??= {}
    try {
      this.host.attach(pipe, routingId === undefined ? undefined : asFrame(routingId))
    } catch (error) {
      // The socket has refused and closed the pipe. Pass on the reason.
      pipe.evict(error as Error)
    }
  }

  #judge({ question, credentials: { mechanism, credentials }, address }: NoteOf<"ask">): void {
    const { host, options, thread } = this
    const controller = new AbortController()
    this.#questions.set(question, controller)
    const judged = (verdict: Verdict | Error): void => {
      if (!this.#questions.delete(question)) return
      if (verdict instanceof Error) {
        thread.post({ kind: "verdict", question, verdict: undefined, error: encodeError(verdict) })
      } else {
        const { metadata } = verdict
        thread.post({
          kind: "verdict",
          question,
          verdict: { ...verdict, metadata: mapMetadata(metadata, encodeBytes) },
        })
      }
    }
    const asked = { mechanism, credentials: credentials.map(asFrame) }
    this.features.authenticate(host, options, asked, address, () => controller.signal, judged)
  }
}

/** The reason with which authentication is aborted. */
const PEER_GONE = Object.assign(zmqError("EPIPE", { message: "The peer has disconnected" }), {
  name: "AbortError",
  code: "ABORT_ERR",
})
