import type { Pipe } from "../core/pipe.js"
import { zmqError } from "../core/errors.js"
import { binaryKey, type Frame, type Multipart } from "../zmtp/bytes.js"
import { MAX_GROUP } from "../zmtp/limits.js"
import { Interests, SLICE, type InterestLimits } from "./strategies/interests.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { Slices } from "./strategies/slices.js"

export interface RadioOptions extends InterestLimits {
  /** Waits for a full member instead of dropping its messages (ZMQ_XPUB_NODROP). */
  readonly noDrop: boolean
}

/**
 * What a group takes in memory: so many bytes, and its length, which all that have joined it share. Measured in Node 20 and
 * 24 with groups of 5 bytes: 420.
 */
const GROUP_OVERHEAD: readonly [bytes: number, times: number] = [480, 1]

/** RADIO: sends `[group, body]` to all that have joined the group; never waits (RFC 48). */
export class RadioPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #members = new Map<string, Set<Pipe>>()
  readonly #interests: Interests
  /** Pipes whose peer has been there. */
  readonly #known = new Set<Pipe>()
  /** Pipes that cannot join groups: they get every message. */
  readonly #everyGroup = new Set<Pipe>()
  /** Pipes that are not read until the groups of departed peers are taken back. */
  #held = new Set<Pipe>()
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
        this.#interests.takeBack(SLICE, this.#remove)
        if (this.#interests.departing) return true
        this.#release()
        return false
      },
    )
  }

  attach(pipe: Pipe): void {
    this.#interests.add(pipe)
  }

  /** A pipe that is full or gone misses the message. */
  send(message: Multipart): boolean {
    if (message.length !== 2) throw zmqError("EINVAL")
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

  /** A returning peer joins its groups again, and may have left some of them in the meantime. */
  peerReady(pipe: Pipe): void {
    if (this.#known.has(pipe)) {
      this.#interests.depart(pipe)
      this.#interests.add(pipe)
      this.#departures.pursue()
    }
    this.#known.add(pipe)
    if (pipe.peer?.unfiltered === true) this.#everyGroup.add(pipe)
  }

  /** Drops messages that neither join nor leave a group. */
  readActivated(pipe: Pipe): void {
    while (!this.#interests.departing) {
      const message = pipe.receive()
      if (message === undefined) break
      this.#take(pipe, message)
    }
    if (this.#interests.departing) this.#held.add(pipe)
    // Messages that wait for this peer may no longer be meant for it.
    if (this.options.noDrop) this.host.sendable()
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#everyGroup.delete(pipe)
    this.#known.delete(pipe)
    this.#held.delete(pipe)
    this.#interests.depart(pipe)
    this.#departures.pursue()
    if (this.options.noDrop) this.host.sendable()
  }

  #take(pipe: Pipe, message: Multipart): void {
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
    const excess = this.#interests.excess(pipe, group)
    if (excess !== undefined) this.host.detach(excess.pipe, excess.reason)
    if (excess?.pipe === pipe || !this.#interests.insert(pipe, group)) return
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
    const held = this.#held
    this.#held = new Set()
    for (const pipe of held) this.readActivated(pipe)
  }

  /** Checks every pipe: each full one wakes the socket when it has room again. */
  #hasRoom(members: ReadonlySet<Pipe>): boolean {
    let room = true
    for (const pipe of members) room = (pipe.severed || pipe.requestRoom()) && room
    for (const pipe of this.#everyGroup) room = (pipe.severed || pipe.requestRoom()) && room
    return room
  }
}

const NO_MEMBERS: ReadonlySet<Pipe> = new Set()
