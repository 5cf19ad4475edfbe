import { Departed } from "../../core/pipe/departed.js"
import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { PipeEnd, SocketEnd } from "../../core/pipe/pipe-end.js"
import type { SessionPipe } from "../../core/pipe/session-pipe.js"
import { binaryKey, type Frame } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import type { NetworkPeer, Peer } from "../../zmtp/peer.js"
import type { ProtocolError } from "../../zmtp/protocol-error.js"
import { routingIdRejection } from "../../zmtp/routing-id.js"
import { newSharedPipe, putLimits, type SharedPipe } from "../threads/shared-pipe.js"
import { ThreadPipe } from "../threads/thread-pipe.js"
import type { ConnectionHost, TransportEvent, TransportOptions } from "../transport.js"
import { BoardCounters, departedOn, IoBoard } from "./io-board.js"
import { IoLine, type LineEvents } from "./io-line.js"
import type { SocketFacts } from "./io-note.js"
import type { IoServer } from "./io-server.js"
import { encodeBytes, encodeEvent, encodePeer } from "./io-values.js"

/** The side of a pipe that belongs to the session, and the side that belongs to the socket. */
const SESSION_SIDE = 1
const SOCKET_SIDE = 0

/** State that all endpoints of one socket share in this I/O thread. */
export class IoSocket {
  readonly board: IoBoard
  readonly counters: BoardCounters
  readonly departed: Departed
  /** Pipes by the routing ids of the peers, if the socket routes by them. */
  readonly names = new Map<string, ThreadPipe>()

  constructor(
    readonly facts: SocketFacts,
    thread: number,
  ) {
    const board = new IoBoard(facts.board)
    this.board = board
    this.counters = new BoardCounters(board.cellsOf(thread))
    this.departed = new Departed(() => board.departedLimit, departedOn(board, thread))
  }

  /** The id of a disconnected peer is free, even if messages from the peer are still queued. */
  isTaken(routingId: Frame): boolean {
    return this.names.get(binaryKey(routingId))?.severed === false
  }
}

/** Represents the socket's end of a pipe, which is in another thread, and exchanges notes with it. */
export class DistantEnd implements SocketEnd, LineEvents {
  destination: object = this
  pipe!: ThreadPipe
  /** The most recently announced peer. */
  #announced: Peer | undefined
  #name: string | undefined

  constructor(
    readonly id: number,
    private readonly server: IoServer,
    private readonly socket: IoSocket,
    private readonly facts: SocketFacts,
    private readonly closing: () => void,
  ) {}

  /** Messages that the socket had not received when it closed its end are lost. */
  get readable(): boolean {
    return !this.pipe.otherClosed && this.pipe.inFlight > 0
  }

  get queuedBytes(): number {
    return this.pipe.inFlightBytes
  }

  introduce(peer: Peer): void {
    const { id, server, pipe, facts } = this
    const before = this.#announced
    const again = before !== undefined && (facts.waits || !equal(before.routingId, peer.routingId))
    const waits = again || facts.traces
    this.#announced = peer
    if (waits) pipe.suspend()
    this.name(peer.routingId)
    server.post({ kind: "peer", pipe: id, peer: encodePeer(peer as NetworkPeer), waits })
  }

  withdraw(): void {
    this.server.post({ kind: "withdrawn", pipe: this.id })
  }

  closed(): void {
    const { id, server, pipe } = this
    server.post({ kind: "gone", pipe: id, unread: pipe.otherClosed ? pipe.queued : 0 })
    server.closed(id)
    this.#unname()
    this.closing()
  }

  /** Sets the routing id of the peer, unless the socket has assigned one. */
  name(routingId: Uint8Array, given = false): void {
    if (!this.facts.routes || routingId.length === 0 || this.#named) return
    this.#unname()
    this.#named = given
    this.#name = binaryKey(routingId)
    this.socket.names.set(this.#name, this.pipe)
  }

  #named = false

  #unname(): void {
    const { names } = this.socket
    if (this.#name !== undefined && names.get(this.#name) === this.pipe) names.delete(this.#name)
    this.#name = undefined
  }
}

/** Represents a socket of another thread to the connections of one of its endpoints. */
export class IoHost implements ConnectionHost {
  readonly rejectionOf: ConnectionHost["rejectionOf"]
  readonly authenticator = undefined
  /** `inproc://` names are not available in I/O threads. */
  readonly inproc = NO_NAMES
  /** The destinations of the pipes of a connected endpoint, in the order in which they were first used. */
  readonly #destinations: object[] = []
  #pipes = 0
  #ending = false

  /** @param given The pipe that the socket has already created. */
  constructor(
    private readonly server: IoServer,
    private readonly socket: IoSocket,
    private readonly facts: SocketFacts,
    private readonly endpoint: number,
    private readonly options: TransportOptions,
    private given?: { readonly id: number; readonly shared: SharedPipe },
  ) {
    if (socket.facts.routes) {
      this.rejectionOf = (routingId): ProtocolError | undefined =>
        routingIdRejection(routingId, () => !socket.board.handover && socket.isTaken(routingId))
    }
  }

  get runtime(): IoServer["runtime"] {
    return this.server.runtime
  }

  get counters(): BoardCounters {
    return this.socket.counters
  }

  get departed(): Departed {
    return this.socket.departed
  }

  transportOptions(): TransportOptions {
    return { ...this.options, linger: this.socket.board.linger }
  }

  openPipe(owner: PipeOwner, routingId?: Uint8Array, opened?: (near: SocketEnd) => void): SessionPipe {
    const { server, endpoint, given, socket, facts } = this
    this.given = undefined
    const id = given?.id ?? server.nextPipe()
    const shared = given?.shared ?? newSharedPipe()
    // Messages are queued up to the limits of the socket even before it knows about the pipe.
    if (given === undefined) putLimits(shared, SOCKET_SIDE, facts.limits)
    const near = new DistantEnd(id, server, socket, facts, () => {
      this.#pipes--
      this.#checkOver()
    })
    const line = new IoLine(id, server, near, true)
    const pipe = new ThreadPipe(owner, {}, SESSION_SIDE, shared, line, true)
    line.pipe = near.pipe = pipe
    this.#pipes++
    server.opened(line, near, facts)
    opened?.(near)
    const dialer = near.destination === near ? undefined : this.#numberOf(near.destination)
    if (given === undefined) {
      const name = routingId === undefined ? undefined : encodeBytes(routingId)
      server.post({ kind: "attach", endpoint, pipe: id, shared, dialer, routingId: name })
    }
    if (routingId !== undefined) near.name(routingId, true)
    pipe.activate()
    return pipe
  }

  detach(near: PipeEnd): void {
    const { id, pipe } = this.#distant(near)
    // If one end is already closed, only finish closing. Otherwise, ask the socket to close its end.
    if (pipe.severed) pipe.wake()
    else this.server.post({ kind: "detach", pipe: id })
  }

  peerFailed(near: PipeEnd): void {
    this.server.post({ kind: "failed", pipe: this.#distant(near).id })
  }

  emit(event: TransportEvent): void {
    this.server.post({ kind: "event", endpoint: this.endpoint, event: encodeEvent(event) })
  }

  askSocket(
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): boolean {
    if (!this.socket.board.authenticates && !this.server.hasZapHandler) return false
    this.server.ask(this.endpoint, credentials, address, gone(), judged)
    return true
  }

  /** Ends the endpoint. No more notes about it are sent after its last pipe has closed. */
  ending(): void {
    this.#ending = true
    this.#checkOver()
  }

  /** Narrows the type: this host gives transports only ends of this class. */
  #distant(near: PipeEnd): DistantEnd {
    if (near instanceof DistantEnd) return near
    throw new Error("This pipe was opened by another host")
  }

  #numberOf(destination: object): number {
    const known = this.#destinations.indexOf(destination)
    return known >= 0 ? known : this.#destinations.push(destination) - 1
  }

  #checkOver(): void {
    if (!this.#ending || this.#pipes > 0) return
    // The reason for the end of a connection is reported after its pipe has closed.
    this.runtime.afterMicrotasks(() => {
      if (this.#pipes > 0 || this.#over) return
      this.#over = true
      this.server.over(this.endpoint)
    })
  }

  #over = false
}

const NO_NAMES = { isBound: (): boolean => false, open: (): undefined => undefined }

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
