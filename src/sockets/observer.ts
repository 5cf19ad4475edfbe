import type { Runtime } from "../core/runtime.js"
import { Ring } from "../core/ring.js"
import { costOfEvent } from "./event-cost.js"
import { systemError, zmqError, type ZmqError } from "../core/errors.js"
import { END, LEFT } from "./operations.js"
import { readOnlyErrors } from "./read-only.js"
import { checkCount, coreOf, Socket } from "./socket.js"
import type { PacketLoss, TransportEvent } from "../transports/transport.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import { ProtocolError, RefusedError, type LimitName, type ProtocolErrorCode } from "../zmtp/protocol-error.js"

/** Most events that wait to be received; past it the oldest is dropped. */
const MAX_WAITING_EVENTS = 10_000

/** Most memory that they may take, in bytes, likewise. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** An event that waits to be received. */
interface WaitingEvent {
  readonly event: Event
  readonly cost: number
}

interface AddressEvent<E extends string> {
  type: E
  /** The endpoint as it was bound or connected. */
  address: string
}

interface ErrorEvent<E extends string, Fault> extends AddressEvent<E> {
  error: Error & Fault
}

/** A name that is followed (`resolveInterval`) has one address more or less. Not in zeromq.js. */
interface AddressesEvent<E extends string> extends AddressEvent<E> {
  /** The endpoint of that address: `tcp://10.0.0.7:5555`. Events of its connection have it as `address`. */
  target: string
}

/** A handshake that failed. */
interface RejectEvent<E extends string, Fault> extends ErrorEvent<E, Fault> {
  /** Who was at the other end, as far as it had said so. Not enumerable, not in zeromq.js. */
  readonly peer?: NetworkPeer
}

/** Properties that zeromq.js does not have: those that say more about the cause. */
interface FaultDetails {
  /** The limit that the peer has passed. */
  limit?: LimitName
  /** With which code a WebSocket was closed (RFC 6455, section 7.4). */
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
   * Who is gone: its IP address, and its socket type and routing id as far as it had said so. Not enumerable, not in
   * zeromq.js.
   */
  readonly peer?: NetworkPeer
  /** Why, not enumerable; not there when the peer closed the connection in good order. Not of zeromq.js. */
  error?: Error & (SystemFault | ProtocolFault)
}

interface CloseEvent extends AddressEvent<"close"> {
  /** Why an attempt to connect failed, if it did; not enumerable. Not in zeromq.js. */
  error?: Error & SystemFault
}

/** Packets of a multicast source were lost for good, and the messages in them (epgm). Not of zeromq.js. */
interface LossEvent extends AddressEvent<"loss">, PacketLoss {}

/** What happens at a socket's endpoints, told apart by `type`. */
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
      /** Why the last attempt, or the connection, failed; not enumerable. Not in zeromq.js. */
      readonly error: Error & (SystemFault | ProtocolFault | { status: 300 | 400 | 500 })
    })
  | AddressesEvent<"address:add">
  | AddressesEvent<"address:remove">
  | CloseEvent
  | ErrorEvent<"close:error", SystemFault>
  | DisconnectEvent
  | { type: "end" }
  | (AddressEvent<"handshake"> & {
      /** Who has come. Not enumerable: the event compares equal to that of zeromq.js. */
      readonly peer: NetworkPeer
    })
  | RejectEvent<"handshake:error:protocol", ProtocolFault>
  | RejectEvent<"handshake:error:auth", { status: 300 | 400 | 500 }>
  | RejectEvent<"handshake:error:other", SystemFault>
  | LossEvent
  | { type: "unknown" }

export type EventType = Event["type"]
export type EventOfType<E extends EventType = EventType> = Extract<Event, { type: E }>

/** What `Observer#on` and `off` return, for more of the same. */
export interface EventSubscriber {
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
  off<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber
}

type Listener = (data: never) => void

/** Who waits for the next event. */
interface Receiver {
  readonly resolve: (event: Event) => void
  readonly reject: (error: Error) => void
}

/**
 * Tells what happens to a socket's connections (ZMQ_… monitor events), from the moment it is made. Read the events
 * one by one, by `for await`, or have them told by `on`; not both. Costs nothing before it is made.
 */
export class Observer {
  readonly #socket: Socket
  readonly #queue = new Ring<WaitingEvent>()
  /** What is in it costs, in bytes. */
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

  /** True after `close`, and once the `end` event was received. */
  get closed(): boolean {
    return this.#closed
  }

  /** Ends the observation; the socket lives on. */
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
   * The next event. `{ type: "end" }` is the last.
   * @throws ZmqError EBADF once closed, EBUSY while another call waits; Error after `on`.
   */
  get receive(): () => Promise<Event> {
    if (this.#listeners !== undefined) {
      throw new Error(
        "Observer is in event emitter mode. After a call to events.on() it is not possible to read events with events.receive().",
      )
    }
    return this.#receive
  }

  /** Calls `listener` with every event of `type`, those that wait already included, though never at once. */
  on<E extends EventType>(type: E, listener: (data: EventOfType<E>) => void): EventSubscriber {
    const listeners = this.#emit()
    listeners.set(type, [...(listeners.get(type) ?? []), listener])
    return this.#subscriber
  }

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

  /** The events as they come, up to and with `end`. A loop that is left takes no more of them. */
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
        // Somebody else may wait by now.
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
    if (this.#listeners !== undefined && this.#queue.length === 1) this.#tellSoon()
  }

  #hasRoom(cost: number): boolean {
    return this.#queue.length < MAX_WAITING_EVENTS && this.#waiting + cost <= MAX_WAITING_BYTES
  }

  #shift(): Event | undefined {
    const next = this.#queue.shift()
    if (next !== undefined) this.#waiting -= next.cost
    return next?.event
  }

  /** Reading `end` closes the observer. */
  #passed(event: Event): Event {
    if (event.type === "end") this.#closed = true
    return event
  }

  #leave(): void {
    if (this.#receiver === undefined) return
    this.#receiver = undefined
    this.#runtime.keepAlive.release()
  }

  /** Turns to telling listeners, for good. */
  #emit(): Map<string, Listener[]> {
    if (this.#listeners === undefined) {
      this.#listeners = new Map()
      this.#tellSoon()
    }
    return this.#listeners
  }

  #tellSoon(): void {
    queueMicrotask(() => {
      for (let event = this.#shift(); event !== undefined; event = this.#shift()) {
        this.#passed(event)
        for (const listener of this.#listeners?.get(event.type) ?? []) tell(listener, event)
      }
    })
  }
}

/** A listener that throws is an uncaught exception, and keeps nothing from the others. */
function tell(listener: Listener, event: Event): void {
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

/** The one observer that `socket.events` gives. @throws ZmqError ENOTSOCK on a closed socket. */
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
  // What zeromq.js does not tell is not there for those who compare, print or copy events.
  if (error !== undefined && !("error" in event)) Object.defineProperty(event, "error", { value: toFault(error) })
  if (peer !== undefined) Object.defineProperty(event, "peer", { value: peer })
  return event as Event
}

/** Errors as zeromq.js has them; what we know beyond that is their cause, and properties that say more. */
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
  if (code !== undefined && code !== "ERR_MEMORY_ALLOCATION_FAILED") return systemError(error)
  // An exception in this library. Most engines have no code for memory that they cannot allocate.
  return zmqError(/alloc|memory/i.test(error.message) ? "ENOMEM" : "ENOTRECOVERABLE", { cause: error })
}

/** The limit that a peer has passed, the close code of a WebSocket, and the status of an HTTP response. */
const DETAILS = ["limit", "closeCode", "statusCode"] as const

const STATUSES = { 300: "Temporary error", 400: "Authentication failure", 500: "Internal error" } as const
