import { kindOf, zmqError } from "../core/errors.js"
import { encodeText, isBytes, type Frame } from "../zmtp/bytes.js"
import type { SocketCore } from "./socket-core.js"
import { readWaitOptions, type WaitOptions } from "./wait-options.js"
import { WaitQueue } from "./wait-queue.js"

/** Options of `peersReady`. */
export interface PeersReadyOptions extends WaitOptions {
  /** How long to wait, in ms; -1 means no limit. Default: -1. */
  timeout?: number | undefined
  /**
   * For a Publisher or XPublisher: counts the subscribers that receive messages whose first frame is `topic`. For a
   * Radio: counts the members of the group `topic`.
   */
  topic?: string | Uint8Array | undefined
}

interface PeerWait {
  readonly count: number
  readonly topic: Frame | undefined
}

/** Pending calls of `peersReady` for one socket. Each has its own queue, because they do not depend on each other. */
export class PeerWaits {
  readonly #core: SocketCore
  readonly #queues = new Set<WaitQueue<PeerWait, true>>()
  readonly #serve = (): void => {
    for (const queue of this.#queues) queue.serve(this.#isOver)
  }

  readonly #isOver = (wait: PeerWait): true | undefined =>
    this.#core.readyPeers(wait.topic) >= wait.count ? true : undefined

  constructor(core: SocketCore) {
    this.#core = core
  }

  get length(): number {
    return this.#queues.size
  }

  /** @throws TypeError, ZmqError EINVAL, ENOTSUP (all reject) */
  async join(count: unknown, options: PeersReadyOptions): Promise<void> {
    const wait = parsePeerWait(count, options)
    const { timeout = -1, signal } = readWaitOptions(options)
    if (wait.topic !== undefined && this.#core.pattern.subscribers === undefined) {
      throw zmqError("ENOTSUP", { cause: new Error(`Socket type ${this.#core.typeName} has no subscribers to count`) })
    }
    if (signal?.aborted === true) throw signal.reason
    if (this.#isOver(wait) === true) return
    if (timeout === 0) throw this.#refusal(wait)
    const queue = new WaitQueue<PeerWait, true>(this.#core.runtime, (wait) => this.#refusal(wait))
    this.#queues.add(queue)
    this.#core.peersChanged = this.#serve
    try {
      await queue.join(wait, { timeout, signal })
    } finally {
      this.#queues.delete(queue)
      if (this.#queues.size === 0) this.#core.peersChanged = undefined
    }
  }

  /** Rejects pending calls, because the socket is closed. */
  dismiss(): void {
    for (const queue of this.#queues) queue.dismiss((wait) => this.#refusal(wait))
  }

  #refusal({ count, topic }: PeerWait): Error {
    const what = topic === undefined ? "peers are ready" : "subscribers of the topic are ready"
    const reason = this.#core.closed ? "The socket was closed" : `${this.#core.readyPeers(topic)} of ${count} ${what}`
    return zmqError("EAGAIN", { cause: new Error(reason) })
  }
}

/** @throws TypeError; ZmqError EINVAL */
function parsePeerWait(count: unknown, options: PeersReadyOptions): PeerWait {
  if (typeof count !== "number") throw new TypeError(`Invalid count: expected a number of peers, got ${kindOf(count)}`)
  if (!Number.isInteger(count) || count < 0) {
    throw zmqError("EINVAL", { message: `Invalid count ${count}: expected a whole number of peers` })
  }
  if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
  const { topic } = options
  if (topic === undefined || isBytes(topic)) return { count, topic }
  if (typeof topic !== "string") throw new TypeError("Topic must be a string or bytes")
  return { count, topic: encodeText(topic) }
}
