import { zmqError } from "../core/errors.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { SocketCore } from "./socket-core.js"
import { coreOf, occupy, operationsOf, Socket } from "./socket.js"

/**
 * Number of messages to forward in one direction before the other direction and the rest of the process get their turn.
 */
const BURST = 1000

/**
 * Forwards whole messages between two sockets in both directions until `terminate` is called (`zmq_proxy_steerable`).
 * If one side is full, receiving from the other side pauses, so that no messages accumulate in between.
 *
 * ```ts
 * const proxy = new Proxy(new Router(), new Dealer())
 * await proxy.frontEnd.bind("tcp://127.0.0.1:5555")
 * await proxy.backEnd.bind("tcp://127.0.0.1:5556")
 * await proxy.run()
 * ```
 */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly #frontEnd: F
  readonly #backEnd: B
  #capture: Socket | undefined
  #finish: (() => void) | undefined
  #paused = false
  #passing = false

  constructor(frontEnd: F, backEnd: B) {
    if (!isObject(frontEnd)) throw new TypeError("Front-end must be a socket object")
    if (!isObject(backEnd)) throw new TypeError("Back-end must be a socket object")
    if (arguments.length > 2) throw new TypeError(`Expected 2 arguments but received ${arguments.length}`)
    if (!(frontEnd instanceof Socket && backEnd instanceof Socket)) throw zmqError("EINVAL")
    this.#frontEnd = frontEnd
    this.#backEnd = backEnd
  }

  /** The socket that was passed first. */
  get frontEnd(): F {
    return this.#frontEnd
  }

  /** The socket that was passed second. */
  get backEnd(): B {
    return this.#backEnd
  }

  /**
   * Socket that is sent a copy of every message. While it is full, nothing is forwarded. Assignments take effect at the
   * next `run`.
   */
  get capture(): Socket | undefined {
    return this.#capture
  }

  set capture(socket: Socket | undefined) {
    this.#capture = socket
  }

  /**
   * Forwards messages until `terminate` is called, then closes both sockets and resolves. In the meantime, the sockets
   * cannot be used otherwise.
   * @throws ZmqError EINVAL unless both sockets are bound or connected; EBUSY if one of them is in use.
   */
  run(): Promise<void> {
    const front = coreOf(this.#frontEnd)
    const back = coreOf(this.#backEnd)
    if (!front.endpoints.any) throw zmqError("EINVAL", { message: "Front-end socket must be bound or connected" })
    if (!back.endpoints.any) throw zmqError("EINVAL", { message: "Back-end socket must be bound or connected" })
    operationsOf(this.#frontEnd).checkIdle()
    operationsOf(this.#backEnd).checkIdle()
    const run = (): Promise<void> => this.#run(front, back)
    const occupyBack = front === back ? run : () => occupy(this.#backEnd, "proxy", run)
    return occupy(this.#frontEnd, "proxy", occupyBack).then(() => {
      this.#frontEnd.close()
      this.#backEnd.close()
    })
  }

  /**
   * Stops forwarding. Messages stay in their queues; at most one message per direction has been received and not sent.
   * @throws ZmqError EBADF unless the proxy is running.
   */
  pause(): void {
    this.#check()
    this.#paused = true
  }

  /** Resumes forwarding. @throws ZmqError EBADF unless the proxy is running. */
  resume(): void {
    this.#check()
    this.#paused = false
    this.#pass()
  }

  /**
   * Stops the proxy. A message that was received and could not be sent counts as dropped by the sending socket.
   * @throws ZmqError EBADF unless the proxy is running.
   */
  terminate(): void {
    this.#check()()
  }

  /** Forwards all messages that can be forwarded now. */
  #pass: () => void = () => undefined

  #run(front: SocketCore, back: SocketCore): Promise<void> {
    const { capture } = this
    const copies = capture === undefined ? undefined : coreOf(capture)
    const forward: Direction = { source: front, target: back, held: undefined }
    const backward: Direction = { source: back, target: front, held: undefined }
    let again = false
    const passOn = (): void => {
      // Sending or receiving may have become possible in the meantime.
      again = this.#passing
      if (this.#passing || this.#paused || this.#finish === undefined) return
      this.#passing = true
      const more = pass(forward, copies)
      const evenMore = front !== back && pass(backward, copies)
      this.#passing = false
      if (more || evenMore || again) front.runtime.nextTurn(passOn)
    }
    this.#pass = passOn
    front.owner = back.owner = { sendable: passOn, receivable: passOn, waiting: 0 }
    front.runtime.keepAlive.hold()
    return new Promise((resolve) => {
      this.#finish = () => {
        this.#finish = undefined
        for (const { target, held } of [forward, backward]) if (held !== undefined) target.dropped(held)
        front.runtime.keepAlive.release()
        resolve()
      }
      front.runtime.nextTurn(passOn)
    })
  }

  #check(): () => void {
    if (this.#finish === undefined) throw zmqError("EBADF")
    return this.#finish
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null
}

interface Direction {
  readonly source: SocketCore
  readonly target: SocketCore
  /** A message that `target` could not send although it is writable, because the message is for a peer that is full. */
  held: Multipart | undefined
}

/** Forwards up to `BURST` messages in one direction. Returns true if there may be more. */
function pass(way: Direction, copies: SocketCore | undefined): boolean {
  const { source, target } = way
  for (let count = 0; count < BURST; count++) {
    if (!target.requestRoom() || copies?.requestRoom() === false) return false
    const message = way.held ?? source.receive()
    if (message === undefined) return false
    if (way.held === undefined) copies?.send([...message])
    way.held = undefined
    try {
      if (!target.send(message)) {
        way.held = message
        return false
      }
    } catch {
      // A ROUTER with `mandatory` does not know the peer: drop the message.
      target.dropped(message)
    }
  }
  return true
}
