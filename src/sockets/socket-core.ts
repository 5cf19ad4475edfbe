import type { Channel, Channels } from "../core/channels.js"
import { Counters } from "../core/counters.js"
import { Departed } from "../core/pipe/departed.js"
import { LocalPipe } from "../core/pipe/local-pipe.js"
import { NOTIFY_ALL } from "../core/connection/notifier.js"
import type { Pipe, PipeOwner } from "../core/pipe/pipe.js"
import type { SocketEnd } from "../core/pipe/pipe-end.js"
import type { PipeEndOptions } from "../core/pipe/pipe-limits.js"
import type { RequestTracker } from "../core/pipe/request-tracker.js"
import type { SessionPipe } from "../core/pipe/session-pipe.js"
import type { Platform } from "../platform/platform.js"
import type { TroubleWatch, WatchedSocket } from "../platform/trouble-watch.js"
import { zmqError } from "../core/errors.js"
import type { Pattern, PatternHost } from "../patterns/pattern.js"
import type { TransportEvent, TransportHost, TransportOptions, SelfPeer } from "../transports/transport.js"
import type { Feature } from "../platform/features.js"
import type { Frame, Multipart } from "../zmtp/bytes.js"
import type { AnyStream } from "../transports/attached/any-stream.js"
import type { Attachment, AttachmentHost, AttachOptions, StreamFactory } from "../transports/attached/attachment.js"
import type { Inproc } from "../transports/inproc/inproc.js"
import type { Authenticator } from "../transports/authenticator.js"
import { sentCommands } from "../zmtp/commands/subscriptions.js"
import { RecycledMemory } from "../zmtp/frames/recycled-memory.js"
import { factsOf, type SocketTypeFacts, type SocketTypeName, type SocketTypeNumber } from "../zmtp/socket-types.js"
import { NO_STREAMS, stateOf, type Context } from "./context.js"
import { EndpointTable, supports, type EndpointOwner } from "./endpoint-table.js"
import type { Envelope } from "./envelope.js"
import type { SocketStats } from "./socket-stats.js"
import { registeredType } from "./type-registry.js"
import type { OptionOwner } from "./options/access.js"
import type { OptionName, SocketSettings } from "./options/settings.js"

/** Notified by the core when retrying an operation is worthwhile. */
export interface SocketCoreOwner {
  sendable(): void
  receivable(): void
  /** Number of messages in pending calls of `send`. */
  readonly waiting: number
}

/** An operation that excludes others: a bind or unbind excludes further ones, a proxy excludes every operation. */
export type Occupant = "bind" | "proxy"

/** Sockets with an endpoint outside of this process. */
const networked = new Set<SocketCore>()

/**
 * Called when the event loop is empty: closes sockets with messages that are waiting for a peer, so that they linger, and
 * those with messages that an I/O thread may not have written. Returns the contexts of these sockets.
 */
export function closeUnsent(): Context[] {
  const unsent = [...networked].filter((core) => core.settings.linger !== 0 && (core.unsent || core.unsettled))
  for (const core of unsent) core.close()
  return unsent.map(({ context }) => context)
}

/** Counters of sent messages at the time when the I/O threads last had written everything. */
let settled = ""

/**
 * Keeps a process that has nothing left to do alive until the I/O threads of its contexts have written all sent messages,
 * unless nothing was sent since the last call.
 */
export function settleIoThreads(): void {
  const cores = [...networked]
  const sent = cores.map(({ counters }) => counters.sent).join()
  if (sent === settled) return
  settled = sent
  for (const threads of new Set(cores.map(({ context }) => stateOf(context).dedicated))) {
    if (threads?.settles === true) threads.settle()
  }
}

/** The part of a socket without promises: options, endpoints, pipes, and the pattern that connects them. */
export class SocketCore implements AttachmentHost, EndpointOwner, PatternHost, OptionOwner, WatchedSocket {
  readonly runtime: Platform
  readonly counters = new Counters()
  readonly departed = new Departed(() => this.settings.receiveHighWaterBytes)
  readonly typeName: SocketTypeName
  readonly settings: SocketSettings
  readonly optionNames: readonly OptionName[]
  readonly features: ReadonlySet<Feature>
  readonly pattern: Pattern
  readonly envelope: Envelope | undefined
  readonly endpoints: EndpointTable
  closed = false
  /** Receives every event while it is set, and `undefined` when the socket is closed. */
  observer: ((event: TransportEvent | undefined) => void) | undefined
  occupant: Occupant | undefined
  /** Called when a peer is ready or has subscribed, while a call of `peersReady` is pending. */
  peersChanged: (() => void) | undefined
  /** The public `Socket`, for reports on diagnostics channels. */
  publicSocket: WeakRef<object> | undefined

  /** Called after an option was set. */
  settingsChanged: (() => void) | undefined

  owner: SocketCoreOwner = { sendable: () => undefined, receivable: () => undefined, waiting: 0 }

  readonly #facts: SocketTypeFacts
  readonly #troubles: TroubleWatch | undefined
  readonly #channels: Channels
  readonly #pipes = new Set<Pipe>()

  constructor(
    readonly type: SocketTypeNumber,
    readonly context: Context,
  ) {
    const socketType = registeredType(type)
    if (socketType === undefined) throw zmqError("EINVAL")
    const state = stateOf(context)
    this.runtime = state.platform
    this.features = state.platform.features
    this.#channels = state.platform.channels
    this.#troubles = state.platform.watch?.(this)
    state.socketLimit ??= state.settings.maxSockets
    if (state.sockets >= state.socketLimit) throw zmqError("EMFILE")
    state.sockets++
    this.typeName = socketType.name
    this.#facts = factsOf(socketType.name)
    this.envelope = socketType.envelope
    this.optionNames = socketType.optionNames
    this.settings = { ...socketType.initial, ipv6: context.ipv6 }
    this.settings.recycled = new RecycledMemory()
    if (!context.blocky) this.settings.linger = 0
    this.pattern = socketType.pattern(this, this.settings)
    this.endpoints = new EndpointTable(this, state, this.#facts, this.settings)
  }

  /** Whether sent messages are waiting for a peer. */
  get unsent(): boolean {
    for (const pipe of this.#pipes) if (pipe.inFlight > 0) return true
    return false
  }

  /** Whether an I/O thread that cannot settle may have to write what was sent. */
  get unsettled(): boolean {
    return this.counters.sent > 0 && stateOf(this.context).dedicated?.settles === false
  }

  get waiting(): number {
    let waiting = this.owner.waiting
    for (const pipe of this.#pipes) waiting += pipe.inFlight
    return waiting
  }

  // WatchedSocket

  get warns(): boolean {
    return stateOf(this.context).warns
  }

  get hasNoSubscriptions(): boolean {
    return this.pattern.hasNoSubscriptions === true
  }

  /** Whether libzmq lets several threads use one socket of its type (ZMQ_THREAD_SAFE). */
  get threadSafe(): boolean {
    return this.#facts.isThreadSafe === true
  }

  get binding(): boolean {
    return this.occupant === "bind"
  }

  /**
   * Number of connected peers, whose handshakes are complete.
   * @param topic Counts only the peers that receive messages with this first frame, or of this group.
   */
  readyPeers(topic?: Frame): number {
    let ready = 0
    for (const pipe of topic === undefined ? this.#pipes : (this.pattern.subscribers?.(topic) ?? [])) {
      // The pipe of a peer that has left stays while it holds messages.
      if (pipe.peer !== undefined && !pipe.severed) ready++
    }
    return ready
  }

  stats(): SocketStats {
    const peers = this.readyPeers()
    const queued = { in: 0, out: 0 }
    for (const pipe of this.#pipes) {
      queued.in += pipe.queued
      queued.out += pipe.inFlight
    }
    const { counters } = this
    const { sent, received, dropped, repaired, handshakeFailures } = counters
    const [bytesIn, bytesOut] = [counters.total("bytesIn"), counters.total("bytesOut")]
    const reconnects = counters.total("reconnects")
    return { peers, queued, sent, received, dropped, repaired, bytesIn, bytesOut, reconnects, handshakeFailures }
  }

  // Messages, counted

  /** @see Pattern#send */
  send(message: Multipart): boolean {
    return this.pattern.send?.(message) === true && this.#sent(message)
  }

  /** @see Pattern#sendRequest */
  sendRequest(message: Multipart, tracker: RequestTracker): boolean {
    return this.pattern.sendRequest?.(message, tracker) === true && this.#sent(message)
  }

  /** Whether `send` would accept a message. If not, `owner.sendable` is called when it would. */
  requestRoom(): boolean {
    return this.pattern.requestRoom?.() ?? this.pattern.writable
  }

  /** @see Pattern#receive */
  receive(): Multipart | undefined {
    const message = this.pattern.receive?.()
    if (message !== undefined) this.#received(message)
    return message
  }

  /** Like `receive`, with the pipe from which the message was received. */
  receiveFrom(): { message: Multipart; sender: Pipe | undefined } | undefined {
    const message = this.pattern.receive?.()
    if (message === undefined) return undefined
    // Subscribers of diagnostics channels may receive another message.
    const { sender } = this.pattern
    this.#received(message)
    return { message, sender }
  }

  #sent(message: Multipart): true {
    this.counters.sent++
    if (this.#channels.send.hasSubscribers) this.#report(this.#channels.send, { message })
    return true
  }

  #received(message: Multipart): void {
    this.counters.received++
    if (this.#channels.receive.hasSubscribers) this.#report(this.#channels.receive, { message })
  }

  // Endpoints

  /** @see Socket#attach */
  attachStream(stream: AnyStream | StreamFactory, options?: AttachOptions): Promise<Attachment> {
    const { streams } = this.runtime
    if (streams === undefined) throw zmqError("ENOTSUP", { message: NO_STREAMS })
    if (!supports(this.#facts, "stream")) throw zmqError("ENOCOMPATPROTO")
    networked.add(this)
    return streams.attach(this, stream, options)
  }

  /** Releases every endpoint. Queued messages are sent for up to the linger period. */
  close(): void {
    if (this.closed) return
    this.closed = true
    networked.delete(this)
    this.#troubles?.close()
    const { linger } = this.settings
    this.endpoints.disconnectAll(linger)
    for (const pipe of this.#pipes) pipe.close()
    this.#pipes.clear()
    this.endpoints.closeBindings(linger)
    stateOf(this.context).sockets--
    this.observer?.(undefined)
    this.observer = undefined
  }

  /** Applies changed high-water marks to existing pipes. */
  applyMarks(): void {
    const { sendMark, receiveMark, sendBytes, receiveBytes } = this.pipeOptions()
    for (const pipe of this.#pipes) pipe.setMarks(sendMark, receiveMark, sendBytes, receiveBytes)
  }

  // TransportHost

  transportOptions(): TransportOptions {
    const { notify, routerNotify } = this.settings
    const notifications = this.#facts.isRaw !== true ? routerNotify : notify ? NOTIFY_ALL : 0
    return { ...this.settings, notifications }
  }

  get authenticator(): Authenticator | undefined {
    return this.settings.authenticate
  }

  get inproc(): Inproc {
    return stateOf(this.context).inproc
  }

  pipeOptions(): PipeEndOptions {
    const { sendHighWaterMark, receiveHighWaterMark, sendHighWaterBytes, receiveHighWaterBytes, conflate } =
      this.settings
    return {
      sendMark: sendHighWaterMark,
      receiveMark: receiveHighWaterMark,
      sendBytes: sendHighWaterBytes,
      receiveBytes: receiveHighWaterBytes,
      copies: true,
      // Every subscription counts, so they must not be conflated.
      conflatesSent: conflate && this.#facts.subscriptions !== "sends",
      conflatesReceived: conflate && this.#facts.subscriptions !== "accepts",
    }
  }

  get self(): SelfPeer {
    return { socketType: this.typeName, routingId: this.settings.routingId }
  }

  openPipe(owner: PipeOwner, routingId?: Uint8Array, opened?: (near: SocketEnd) => void): SessionPipe {
    const [near, far] = LocalPipe.pair(this, this.pipeOptions(), owner)
    opened?.(near)
    this.attach(near, routingId)
    return far
  }

  attach(pipe: Pipe, routingId?: Uint8Array): void {
    this.#pipes.add(pipe)
    try {
      this.pattern.attach?.(pipe, routingId)
    } catch (error) {
      // The caller abandons this pipe, and no other code would close it.
      this.#pipes.delete(pipe)
      pipe.close()
      throw error
    }
  }

  detach(pipe: Pipe, reason?: Error): void {
    this.#pipes.delete(pipe)
    this.departed.remove(pipe)
    if (reason === undefined) pipe.close()
    else pipe.evict(reason)
    // Over inproc, a connection owns the pipe, and its endpoint must also be removed.
    pipe.owner.pipeTerminated(pipe)
  }

  emit(event: TransportEvent): void {
    this.observer?.(event)
    this.#troubles?.note(event)
    const { type, address, error, peer } = event
    if (type.startsWith("handshake:")) this.counters.handshakeFailures++
    const channel = CHANNELS[type]
    if (channel === undefined || !this.#channels[channel].hasSubscribers) return
    const accepted = channel === "connect" ? { accepted: type === "accept" } : {}
    const cause =
      channel === "handshake" && type !== "handshake" ? { error: error ?? new Error("Peer closed the connection") } : {}
    this.#report(this.#channels[channel], { address, ...accepted, ...cause, ...(peer === undefined ? {} : { peer }) })
  }

  get rejectionOf(): TransportHost["rejectionOf"] {
    const { pattern } = this
    return pattern.rejectionOf && ((routingId) => pattern.rejectionOf?.(routingId))
  }

  peerFailed(pipe: Pipe): void {
    this.pattern.peerFailed?.(pipe)
  }

  // EndpointOwner

  endpointAdded(endpoint: string): void {
    if (!endpoint.startsWith("inproc://")) networked.add(this)
    this.#troubles?.endpointAdded()
  }

  // PipeOwner

  peerReady(pipe: Pipe): void {
    this.pattern.peerReady?.(pipe)
    this.#troubles?.peerReady()
    this.peersChanged?.()
  }

  readActivated(pipe: Pipe): void {
    this.pattern.readActivated(pipe)
  }

  writeActivated(pipe: Pipe): void {
    this.pattern.writeActivated?.(pipe)
  }

  pipeTerminated(pipe: Pipe): void {
    this.#pipes.delete(pipe)
    this.departed.remove(pipe)
    this.pattern.pipeTerminated(pipe)
  }

  undelivered(_pipe: Pipe, message: Multipart | undefined): void {
    const commands = sentCommands(this.typeName)
    // Subscriptions are not lost, because they are sent again to the next peer. Without the message, assume that it is one.
    if (commands !== undefined && (message === undefined || commands.encode(message) !== undefined)) return
    this.dropped(message ?? [])
  }

  // PatternHost

  sendable(): void {
    this.owner.sendable()
  }

  receivable(): void {
    this.owner.receivable()
  }

  subscribed(): void {
    this.peersChanged?.()
  }

  dropped(message: Multipart, copies = 1): void {
    this.counters.dropped += copies
    if (!this.#channels.drop.hasSubscribers) return
    for (let copy = 0; copy < copies; copy++) this.#report(this.#channels.drop, { message })
  }

  later(task: () => void): void {
    this.runtime.nextTurn(task)
  }

  #report(channel: Channel, detail: object): void {
    channel.publish({ socket: this.publicSocket?.deref(), socketType: this.typeName, ...detail })
  }
}

/** The channel for each type of event. */
const CHANNELS: Readonly<Partial<Record<TransportEvent["type"], "connect" | "handshake" | "disconnect">>> = {
  accept: "connect",
  connect: "connect",
  handshake: "handshake",
  "handshake:error:protocol": "handshake",
  "handshake:error:auth": "handshake",
  "handshake:error:other": "handshake",
  disconnect: "disconnect",
}
