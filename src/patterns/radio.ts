import type { Pipe } from "../core/pipe.js"
import { zmqError } from "../core/errors.js"
import { binaryKey, type Multipart } from "../zmtp/bytes.js"
import { MAX_GROUP } from "../zmtp/limits.js"
import { LimitError } from "../zmtp/protocol-error.js"
import type { Pattern, PatternHost } from "./pattern.js"

export interface RadioOptions {
  /** Waits for a full member instead of dropping its messages (ZMQ_XPUB_NODROP). */
  readonly noDrop: boolean
}

/** Most groups that one peer may have joined. */
export const MAX_GROUPS = 250_000

/** Most bytes in the names of the groups that one peer has joined. */
export const MAX_GROUP_BYTES = 16 * 1024 * 1024

/** What one peer has joined. */
interface Membership {
  /** Keys of its groups, which have a character for each byte. */
  readonly groups: Set<string>
  bytes: number
}

/** RADIO: sends `[group, body]` to all that have joined the group; never waits (RFC 48). */
export class RadioPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #members = new Map<string, Set<Pipe>>()
  readonly #memberships = new Map<Pipe, Membership>()
  /** Pipes whose peer has been there. */
  readonly #known = new Set<Pipe>()
  /** Pipes for which nobody joins anything: they get every message. */
  readonly #everyGroup = new Set<Pipe>()

  constructor(
    private readonly host: PatternHost,
    private readonly options: RadioOptions,
    private readonly limits = { groups: MAX_GROUPS, bytes: MAX_GROUP_BYTES },
  ) {}

  /** A pipe that is full or gone misses the message. */
  send(message: Multipart): boolean {
    if (message.length !== 2) throw zmqError("EINVAL")
    const members = this.#members.get(binaryKey(message[0]!)) ?? NO_MEMBERS
    if (this.options.noDrop && !this.#hasRoom(members)) return false
    let missed = 0
    for (const pipe of members) if (!pipe.send(message)) missed++
    for (const pipe of this.#everyGroup) if (!pipe.send(message)) missed++
    if (missed > 0) this.host.dropped(message, missed)
    return true
  }

  /** A peer that comes back joins again, and may have left some groups meanwhile. */
  peerReady(pipe: Pipe): void {
    if (this.#known.has(pipe)) this.#forget(pipe)
    this.#known.add(pipe)
    if (pipe.peer?.unfiltered === true) this.#everyGroup.add(pipe)
  }

  /** What is neither a group joined nor one left is dropped. */
  readActivated(pipe: Pipe): void {
    for (let message = pipe.receive(); message !== undefined; message = pipe.receive()) {
      const wish = message[0]!
      if (message.length > 1 || wish.length === 0 || wish.length > 1 + MAX_GROUP) {
        this.host.dropped(message)
        continue
      }
      const group = binaryKey(wish.subarray(1))
      if (wish[0] === 0x01) this.#join(pipe, group)
      else if (wish[0] === 0x00) this.#leave(pipe, group)
      else this.host.dropped(message)
    }
    // What waits for this peer may not be for it any more.
    if (this.options.noDrop) this.host.sendable()
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#everyGroup.delete(pipe)
    this.#known.delete(pipe)
    this.#forget(pipe)
    if (this.options.noDrop) this.host.sendable()
  }

  #forget(pipe: Pipe): void {
    for (const group of this.#memberships.get(pipe)?.groups ?? []) this.#remove(pipe, group)
    this.#memberships.delete(pipe)
  }

  #join(pipe: Pipe, group: string): void {
    let membership = this.#memberships.get(pipe)
    if (membership === undefined) {
      membership = { groups: new Set(), bytes: 0 }
      this.#memberships.set(pipe, membership)
    }
    if (membership.groups.has(group)) return
    const excess = this.#excess(membership, group)
    if (excess !== undefined) {
      this.host.detach(pipe, excess)
      return
    }
    membership.groups.add(group)
    membership.bytes += group.length
    const members = this.#members.get(group)
    if (members === undefined) this.#members.set(group, new Set([pipe]))
    else members.add(pipe)
  }

  /** The limit that one more group would exceed, if any. */
  #excess(membership: Membership, group: string): LimitError | undefined {
    const { groups, bytes } = this.limits
    if (membership.groups.size >= groups) return tooMany(`Peer joined more than ${groups} groups`)
    if (membership.bytes + group.length > bytes) {
      return tooMany(`Names of the groups that the peer joined exceed ${bytes} bytes`)
    }
    return undefined
  }

  #leave(pipe: Pipe, group: string): void {
    const membership = this.#memberships.get(pipe)
    if (membership?.groups.delete(group) !== true) return
    membership.bytes -= group.length
    this.#remove(pipe, group)
  }

  #remove(pipe: Pipe, group: string): void {
    const members = this.#members.get(group)
    members?.delete(pipe)
    if (members?.size === 0) this.#members.delete(group)
  }

  /** All are asked: each that is full wakes the socket when it no longer is. */
  #hasRoom(members: ReadonlySet<Pipe>): boolean {
    let room = true
    for (const pipe of members) room = (pipe.severed || pipe.requestRoom()) && room
    for (const pipe of this.#everyGroup) room = (pipe.severed || pipe.requestRoom()) && room
    return room
  }
}

function tooMany(message: string): LimitError {
  return new LimitError("groups of a peer", message)
}

const NO_MEMBERS: ReadonlySet<Pipe> = new Set()
