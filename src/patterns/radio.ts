import type { Pipe } from "../core/pipe/pipe.js"
import { binaryKey, type Frame, type Multipart } from "../zmtp/bytes.js"
import { MAX_GROUP } from "../zmtp/limits.js"
import { Interests, SLICE, type InterestLimits } from "./strategies/interests.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { checkSingle } from "./single-frame.js"
import { Slices } from "./strategies/slices.js"

export interface RadioOptions extends InterestLimits {
  /** Waits for members whose pipes are full instead of dropping their messages (ZMQ_XPUB_NODROP). */
  readonly noDrop: boolean
}

/**
 * Memory that a group takes: a constant, plus a multiple of its length, because all members share one key. Measured in
 * Node 20 and 24 with groups of 5 bytes: 420 bytes.
 */
const GROUP_OVERHEAD: readonly [bytes: number, times: number] = [480, 1]

/** RADIO: sends `[group, body]` to all peers that have joined the group, without waiting (RFC 48). */
export class RadioPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #members = new Map<string, Set<Pipe>>()
  readonly #interests: Interests
  /** Pipes whose peers have connected at least once. */
  readonly #known = new Set<Pipe>()
  /** Pipes whose peers cannot join groups, and therefore receive every message. */
  readonly #everyGroup = new Set<Pipe>()
  /** Pipes that are not read until the groups of departed peers have been removed. */
  #paused = new Set<Pipe>()
  readonly #departures: Slices

  constructor(
    private readonly host: PatternHost,
    private readonly options: RadioOptions,
  ) {
    this.#interests = new Interests(options, "groups of a peer", GROUP_OVERHEAD)
    this.#departures = new Slices(
      (task) => {
        host.later(task)
      },
      () => {
        this.#interests.removeDeparted(SLICE, this.#remove)
        if (this.#interests.departing) return true
        this.#release()
        return false
      },
    )
  }

  attach(pipe: Pipe): void {
    this.#interests.add(pipe)
  }

  /** Sends `message` to the members of its group. A pipe that is full or has ended misses it. */
  send(message: Multipart): boolean {
    checkSingle(message, 1)
    const members = this.#members.get(binaryKey(message[0]!)) ?? NO_MEMBERS
    if (this.options.noDrop && !this.#hasRoom(members)) return false
    let missed = 0
    for (const pipe of members) if (!pipe.send(message) && this.#interests.has(pipe)) missed++
    for (const pipe of this.#everyGroup) if (!pipe.send(message)) missed++
    if (missed > 0) this.host.dropped(message, missed)
    return true
  }

  subscribers(group: Frame): ReadonlySet<Pipe> {
    return new Set([...(this.#members.get(binaryKey(group)) ?? []), ...this.#everyGroup])
  }

  /** A peer that reconnects joins its groups again. It may have left others while it was disconnected. */
  peerReady(pipe: Pipe): void {
    if (this.#known.has(pipe)) {
      this.#interests.depart(pipe)
      this.#interests.add(pipe)
      this.#departures.run()
    }
    this.#known.add(pipe)
    if (pipe.peer?.unfiltered === true) this.#everyGroup.add(pipe)
  }

  /** Handles joins and leaves, and drops other messages. */
  readActivated(pipe: Pipe): void {
    while (!this.#interests.departing) {
      const message = pipe.receive()
      if (message === undefined) break
      this.#applyMembership(pipe, message)
    }
    if (this.#interests.departing) this.#paused.add(pipe)
    // A sender may be waiting for this peer, which may no longer be a member.
    if (this.options.noDrop) this.host.sendable()
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#everyGroup.delete(pipe)
    this.#known.delete(pipe)
    this.#paused.delete(pipe)
    this.#interests.depart(pipe)
    this.#departures.run()
    if (this.options.noDrop) this.host.sendable()
  }

  #applyMembership(pipe: Pipe, message: Multipart): void {
    const frame = message[0]!
    if (message.length > 1 || frame.length === 0 || frame.length > 1 + MAX_GROUP || frame[0]! > 0x01) {
      this.host.dropped(message)
      return
    }
    const group = binaryKey(frame.subarray(1))
    if (frame[0] === 0x01) this.#join(pipe, group)
    else if (this.#interests.delete(pipe, group)) this.#remove(pipe, group)
  }

  #join(pipe: Pipe, group: string): void {
    const violation = this.#interests.violation(pipe, group)
    if (violation !== undefined) this.host.detach(violation.pipe, violation.reason)
    if (violation?.pipe === pipe || !this.#interests.insert(pipe, group)) return
    const members = this.#members.get(group)
    if (members === undefined) this.#members.set(group, new Set([pipe]))
    else members.add(pipe)
    this.host.subscribed()
  }

  readonly #remove = (pipe: Pipe, group: string): void => {
    const members = this.#members.get(group)
    members?.delete(pipe)
    if (members?.size === 0) this.#members.delete(group)
  }

  #release(): void {
    const paused = this.#paused
    this.#paused = new Set()
    for (const pipe of paused) this.readActivated(pipe)
  }

  /** Checks every pipe, because each full pipe that was checked wakes the socket when it has room again. */
  #hasRoom(members: ReadonlySet<Pipe>): boolean {
    let room = true
    for (const pipe of members) room = (pipe.severed || pipe.requestRoom()) && room
    for (const pipe of this.#everyGroup) room = (pipe.severed || pipe.requestRoom()) && room
    return room
  }
}

const NO_MEMBERS: ReadonlySet<Pipe> = new Set()
