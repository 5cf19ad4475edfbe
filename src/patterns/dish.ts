import type { Pipe } from "../core/pipe/pipe.js"
import { zmqError, type ZmqError } from "../core/errors.js"
import { binaryKey, ownCopy, type Frame, type Multipart } from "../zmtp/bytes.js"
import { MAX_GROUP } from "../zmtp/limits.js"
import { quoted } from "../zmtp/printable.js"
import { Announcements } from "./strategies/announcements.js"
import { FairQueue } from "./strategies/fair-queue.js"
import type { Pattern, PatternHost } from "./pattern.js"

/**
 * DISH: receives `[group, body]` of the groups that it has joined. It joins with `0x01 group` and leaves with `0x00
 * group` (RFC 48).
 */
export class DishPattern implements Pattern {
  readonly writable = false
  readonly #groups = new Map<string, Frame>()
  readonly #queue = new FairQueue()
  readonly #announcements = new Announcements()

  constructor(private readonly host: PatternHost) {}

  /** Whether a message is queued. It may belong to a group that is not joined. */
  get readable(): boolean {
    return this.#queue.readable
  }

  get hasNoSubscriptions(): boolean {
    return this.#groups.size === 0
  }

  attach(pipe: Pipe): void {
    this.#announcements.pipes.add(pipe)
  }

  /**
   * Filters messages of other groups, which arrive over udp, where publishers cannot filter, and shortly after leaving
   * a group.
   */
  receive(): Multipart | undefined {
    let message = this.#queue.receive()
    while (message !== undefined && !this.#wants(message)) message = this.#queue.receive()
    return message
  }

  /** @throws ZmqError EINVAL if the group is already joined or its name is too long. */
  join(group: Frame): void {
    const key = binaryKey(group)
    if (group.length > MAX_GROUP) throw groupTooLong(group)
    if (this.#groups.has(key))
      throw zmqError("EINVAL", { cause: new Error(`Group ${quoted(group)} is already joined`) })
    const kept = ownCopy(group)
    this.#groups.set(key, kept)
    this.#announcements.want(kept)
  }

  /** @throws ZmqError EINVAL if the group is not joined. */
  leave(group: Frame): void {
    if (!this.#groups.delete(binaryKey(group))) {
      throw zmqError("EINVAL", { cause: new Error(`Group ${quoted(group)} is not joined`) })
    }
    this.#announcements.cancel(group)
  }

  /** Sends every joined group to a peer that has connected or reconnected. */
  peerReady(pipe: Pipe): void {
    this.#announcements.repeat(pipe, this.#groups.values())
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    this.host.receivable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#announcements.pipes.delete(pipe)
    this.#queue.remove(pipe)
  }

  #wants(message: Multipart): boolean {
    return message.length === 2 && this.#groups.has(binaryKey(message[0]!))
  }
}

/** The error for a group whose name is longer than `MAX_GROUP`. */
export function groupTooLong(group: Frame): ZmqError {
  return zmqError("EINVAL", {
    cause: new Error(`Invalid group: ${group.length} bytes, expected at most ${MAX_GROUP}`),
  })
}
