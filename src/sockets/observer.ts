import type { Runtime } from "../core/runtime/runtime.js"
import { Ring } from "../core/ring.js"
import { systemError, zmqError, type ZmqError } from "../core/errors.js"
import type { PacketLoss, TransportEvent } from "../transports/transport.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import { ProtocolError, RefusedError, type LimitName, type ProtocolErrorCode } from "../zmtp/protocol-error.js"
import { costOfEvent } from "./event-cost.js"
import { END, LEFT } from "./operations.js"
import { readOnlyErrors } from "./read-only.js"
import { checkCount, coreOf, Socket } from "./socket.js"

/** Maximum number of queued events. The oldest event is dropped when it is exceeded. */
const MAX_WAITING_EVENTS = 10_000

/** Maximum memory of queued events, in bytes. The oldest event is dropped when it is exceeded. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** An event that is queued for `receive`. */
interface WaitingEvent {
  readonly event: Event
  readonly cost: number
}

interface AddressEvent<E extends string> {
  /** Name of the event. */
  type: E
  /** The endpoint that was bound or connected. */
  address: string
}

interface ErrorEvent<E extends string, Fault> extends AddressEvent<E> {
  /** The reason for the failure. */
  error: Error & Fault
}

/** A host name that the socket follows (`resolveInterval`) has gained or lost an address. Not in zeromq.js. */
interface AddressesEvent<E extends string> extends AddressEvent<E> {
  /** The endpoint of that address, such as `tcp://10.0.0.7:5555`. Events of its connection have it as `address`. */
  target: string
}

/** A handshake failed. */
interface RejectEvent<E extends string, Fault> extends ErrorEvent<E, Fault> {
  /** Describes the peer, as far as it is known. Not enumerable. Not in zeromq.js. */
  readonly peer?: NetworkPeer
}

/** Further properties of errors. Not in zeromq.js. */
interface FaultDetails {
  /** The limit that the peer exceeded. */
  limit?: LimitName
  /** The close code of a WebSocket (RFC 6455, section 7.4). */
  closeCode?: number
  /** The status of the HTTP response to a WebSocket request. */
  statusCode?: number
}

interface SystemFault extends FaultDetails {
  code: string
  errno: number
}

interface ProtocolFault extends FaultDetails {
  code: ProtocolErrorCode
}

interface DisconnectEvent extends AddressEvent<"disconnect"> {
  /**
   * Describes the peer: its IP address, and its socket type and routing id as far as they are known. Not enumerable.
   * Not in zeromq.js.
   */
  readonly peer?: NetworkPeer
  /** The reason, unless the peer closed the connection normally. Not enumerable. Not in zeromq.js. */
  error?: Error & (SystemFault | ProtocolFault)
}

interface CloseEvent extends AddressEvent<"close"> {
  /**
   * The reason why an attempt to connect failed, or why a bound endpoint was lost with its I/O thread. Not enumerable. Not in
   * zeromq.js.
   */
  error?: Error & SystemFault
}

/** Packets of a multicast source, and the messages in them, were lost permanently (epgm). Not in zeromq.js. */
interface LossEvent extends AddressEvent<"loss">, PacketLoss {}

/** An event of a socket's connections. The property `type` distinguishes them. */
export type Event =
  | AddressEvent<"accept">
  | ErrorEvent<"accept:error", SystemFault>
  | AddressEvent<"bind">
  | ErrorEvent<"bind:error", SystemFault>
  | AddressEvent<"connect">
  | AddressEvent<"connect:delay">
  | (AddressEvent<"connect:retry"> & {
      /** Time until the next attempt, in ms. */
      interval: number
      /** The reason why the last attempt or connection failed. Not enumerable. Not in zeromq.js. */
      readonly error: Error & (SystemFault | ProtocolFault | { status: 300 | 400 | 500 })
    })
  | AddressesEvent<"address:add">
  | AddressesEvent<"address:remove">
  | CloseEvent
  | ErrorEvent<"close:error", SystemFault>
  | DisconnectEvent
  | { type: "end" }
  | (AddressEvent<"handshake"> & {
      /** Describes the peer. Not enumerable, so that the event compares equal to that of zeromq.js. */
      readonly peer: NetworkPeer
    })
  | RejectEvent<"handshake:error:protocol", ProtocolFault>
  | RejectEvent<"handshake:error:auth", { status: 300 | 400 | 500 }>
  | RejectEvent<"handshake:error:other", SystemFault>
  | LossEvent
  | { type: "unknown" }

/** Names of the events. */
export type EventType = Event["type"]
/** The type of the events with a name. */
export type EventOfType<E extends EventType = EventType> = Extract<Event, { type: E }>

/** The result of `Observer#on` and `Observer#off`, for chaining. */
export interface EventSubscriber {
  /** Adds a listener. */
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
  /** Removes a listener. */
  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
}

type Listener = (data: never) => void

/** The pending call of `receive`. */
interface Receiver {
  readonly resolve: (event: Event) => void
  readonly reject: (error: Error) => void
}

/**
 * Observes the events of a socket's connections (ZMQ_EVENT_…), from the time it is created. Read the events with
 * `receive` or `for await`, or register listeners with `on`; do not combine them. Sockets without an observer have no
 * overhead.
 *
 * ```ts
 * const socket = new Dealer()
 * socket.events.on("disconnect", ({ address }) => console.log(`disconnected from ${address}`))
 * ```
 */
export class Observer {
  readonly #socket: Socket
  readonly #queue = new Ring<WaitingEvent>()
  /** Memory of queued events, in bytes. */
  #waiting = 0
  #receiver: Receiver | undefined
  #listeners: Map<string, Listener[]> | undefined
  #ended = false
  readonly #runtime: Runtime
  #closed = false
  readonly #subscriber: EventSubscriber = {
    on: (type, listener) => this.on(type, listener),
    off: (type, listener) => this.off(type, listener),
  }

  constructor(socket: Socket) {
    if (typeof socket !== "object") throw new TypeError("Socket must be a socket object")
    if (!((socket as unknown) instanceof Socket)) throw zmqError("EINVAL")
    const core = coreOf(socket)
    if (core.closed) throw zmqError("ENOTSOCK")
    this.#socket = socket
    this.#runtime = core.runtime
    core.observer = (event) => {
      this.#take(event === undefined ? { type: "end" } : toEvent(event))
    }
  }

  /** Whether it is closed, which also happens when the `end` event is received. */
  get closed(): boolean {
    return this.#closed
  }

  /** Stops observing. The socket stays open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (!this.#ended) coreOf(this.#socket).observer = undefined
    this.#queue.clear()
    this.#waiting = 0
    this.#receiver?.reject(zmqError("ENOTSOCK"))
    this.#leave()
  }

  /**
   * Receives the next event. The last event is `{ type: "end" }`.
   * @throws ZmqError EBADF if it is closed, EBUSY if another call is pending; Error after `on`.
   */
  get receive(): () => Promise<Event> {
    if (this.#listeners !== undefined) {
      throw new Error(
        "Observer is in event emitter mode. After a call to events.on() it is not possible to read events with events.receive().",
      )
    }
    return this.#receive
  }

  /**
   * Calls `listener` with every event of `type`, including queued events. It is never called before this method
   * returns.
   */
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber {
    const listeners = this.#emit()
    listeners.set(type, [...(listeners.get(type) ?? []), listener])
    return this.#subscriber
  }

  /** Removes a listener that was added with `on`. */
  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber {
    const listeners = this.#emit()
    const known = listeners.get(type) ?? []
    const index = known.lastIndexOf(listener)
    listeners.set(
      type,
      known.filter((_, position) => position !== index),
    )
    return this.#subscriber
  }

  /** Iterates over the events, up to and including `end`. Leaving the loop leaves later events in the queue. */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    let left = false
    let waiting: Receiver | undefined
    return {
      next: async () => {
        if (left || this.#closed) return END
        try {
          const received = this.receive()
          waiting = this.#receiver
          return { value: await received, done: false }
        } catch (error) {
          if (error === LEFT || this.closed) return END
          throw error
        }
      },
      return: () => {
        left = true
        // Another call may be pending now.
        if (waiting !== undefined && waiting === this.#receiver) {
          waiting.reject(LEFT)
          this.#leave()
        }
        return Promise.resolve(END)
      },
    }
  }

  readonly #receive = (...excess: unknown[]): Promise<Event> => {
    checkCount(excess.length, 0)
    if (this.#closed) throw zmqError("EBADF")
    if (this.#receiver !== undefined) {
      throw zmqError("EBUSY", {
        message: "Observer is busy reading; only one receive operation may be in progress at any time",
      })
    }
    const event = this.#shift()
    if (event !== undefined) return Promise.resolve(this.#passed(event))
    return new Promise((resolve, reject) => {
      this.#receiver = { resolve, reject }
      this.#runtime.keepAlive.hold()
    })
  }

  #take(event: Event): void {
    if (event.type === "end") this.#ended = true
    if (this.#receiver !== undefined) {
      this.#receiver.resolve(this.#passed(event))
      this.#leave()
      return
    }
    const cost = costOfEvent(event)
    while (this.#queue.length > 0 && !this.#hasRoom(cost)) this.#shift()
    this.#queue.push({ event, cost })
    this.#waiting += cost
    if (this.#listeners !== undefined && this.#queue.length === 1) this.#scheduleNotification()
  }

  #hasRoom(cost: number): boolean {
    return this.#queue.length < MAX_WAITING_EVENTS && this.#waiting + cost <= MAX_WAITING_BYTES
  }

  #shift(): Event | undefined {
    const next = this.#queue.shift()
    if (next !== undefined) this.#waiting -= next.cost
    return next?.event
  }

  /** Handles an event that was received: `end` closes the observer. */
  #passed(event: Event): Event {
    if (event.type === "end") this.#closed = true
    return event
  }

  #leave(): void {
    if (this.#receiver === undefined) return
    this.#receiver = undefined
    this.#runtime.keepAlive.release()
  }

  /** Switches permanently from queueing events to calling listeners. */
  #emit(): Map<string, Listener[]> {
    if (this.#listeners === undefined) {
      this.#listeners = new Map()
      this.#scheduleNotification()
    }
    return this.#listeners
  }

  #scheduleNotification(): void {
    queueMicrotask(() => {
      for (let event = this.#shift(); event !== undefined; event = this.#shift()) {
        this.#passed(event)
        for (const listener of this.#listeners?.get(event.type) ?? []) notify(listener, event)
      }
    })
  }
}

/** Calls a listener. An error that it throws is an uncaught exception, and does not affect the other listeners. */
function notify(listener: Listener, event: Event): void {
  try {
    listener(event as never)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

readOnlyErrors(Observer, "Observer")

const observers = new WeakMap<Socket, Observer>()

/** Returns the observer for `socket.events`. @throws ZmqError ENOTSOCK if the socket is closed. */
export function observe(socket: Socket): Observer {
  if (coreOf(socket).closed) throw zmqError("ENOTSOCK")
  const known = observers.get(socket)
  if (known !== undefined) return known
  const observer = new Observer(socket)
  observers.set(socket, observer)
  return observer
}

function toEvent({ type, address, interval, target, error, peer, loss }: TransportEvent): Event {
  const event = {
    type,
    ...(address === undefined ? {} : { address }),
    ...(interval === undefined ? {} : { interval }),
    ...(target === undefined ? {} : { target }),
    ...(type.includes("error") ? { error: toFault(error) } : {}),
    ...loss,
  }
  // Properties that zeromq.js does not have are not enumerable, so that comparing, printing, and copying events gives
  // the same result.
  if (error !== undefined && !("error" in event)) Object.defineProperty(event, "error", { value: toFault(error) })
  if (peer !== undefined) Object.defineProperty(event, "peer", { value: peer })
  return event as Event
}

/** Converts an error to that of zeromq.js. The original error is its cause. */
function toFault(error: Error | undefined): Error {
  if (error === undefined) return zmqError("EPIPE")
  const fault = translate(error)
  for (const name of DETAILS) {
    if (name in error) Object.assign(fault, { [name]: error[name as never] })
  }
  return fault
}

function translate(error: Error): Error {
  if (error instanceof ProtocolError) {
    const protocol = error.code.startsWith("ERR_ZAP") ? "ZAP" : "ZMTP"
    return Object.assign(new Error(`${protocol} protocol error`, { cause: error }), { code: error.code })
  }
  if (error instanceof RefusedError) {
    const { status } = error
    const message = status === undefined ? "Unknown error" : STATUSES[status]
    return Object.assign(new Error(message, { cause: error }), { status: status ?? 500 })
  }
  const { code } = error as Partial<ZmqError>
  // zeromq.js has no limits on connections, and the text of EMFILE would suggest that the process has no descriptors left.
  if (code !== undefined && "limit" in error) return zmqError(code, { message: error.message, cause: error })
  if (code !== undefined && code !== "ERR_MEMORY_ALLOCATION_FAILED") return systemError(error)
  // Any other exception in this library. Most engines have no error code for failed allocations.
  return zmqError(/alloc|memory/i.test(error.message) ? "ENOMEM" : "ENOTRECOVERABLE", { cause: error })
}

/** Properties that are copied to the error of an event. */
const DETAILS = ["limit", "closeCode", "statusCode"] as const

const STATUSES = { 300: "Temporary error", 400: "Authentication failure", 500: "Internal error" } as const
