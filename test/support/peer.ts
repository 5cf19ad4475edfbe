import { LocalPipe } from "../../src/core/pipe/local-pipe.js"
import type { Pipe, PipeOwner } from "../../src/core/pipe/pipe.js"
import type { SessionPipe } from "../../src/core/pipe/session-pipe.js"
import * as patterns from "../../src/patterns/pattern.js"
import type { Pattern, PatternHost, Refusal } from "../../src/patterns/pattern.js"
import type { Multipart } from "../../src/zmtp/bytes.js"
import { message, text } from "./messages.js"

/** Stands in for the socket of a pattern, and counts its notifications. */
export class Host implements PatternHost {
  pattern: Pattern | undefined
  sendables = 0
  receivables = 0
  drops = 0
  subscriptions = 0
  /** The reasons for which pipes were detached. */
  readonly reasons: Error[] = []
  /** Tasks for the next turn of the event loop. */
  readonly #tasks: (() => void)[] = []

  subscribed(): void {
    this.subscriptions++
  }

  sendable(): void {
    this.sendables++
  }

  receivable(): void {
    this.receivables++
  }

  dropped(_message: Multipart, copies = 1): void {
    if (copies < 1) throw new RangeError("Nothing was dropped")
    this.drops += copies
  }

  later(task: () => void): void {
    this.#tasks.push(task)
  }

  /** Runs the tasks for the next turn. Returns whether there were any. */
  turn(): boolean {
    const tasks = this.#tasks.splice(0)
    for (const task of tasks) task()
    return tasks.length > 0
  }

  detach(pipe: Pipe, reason?: Error): void {
    if (reason !== undefined) this.reasons.push(reason)
    pipe.close()
    this.pattern?.pipeTerminated(pipe)
  }
}

/** Creates a pattern with its own host. */
export function host<P extends Pattern>(create: (host: Host) => P): { pattern: P; host: Host } {
  const host = new Host()
  const pattern = create(host)
  host.pattern = pattern
  return { pattern, host }
}

export function send(pattern: Pattern, ...frames: string[]): boolean {
  return pattern.send?.(message(...frames)) === true
}

/** The reason why `pattern` cannot send. */
export function sendRefusal(pattern: Pattern, ...frames: (string | Uint8Array)[]): Refusal {
  return patterns.sendRefusal(
    pattern,
    (frames.length === 0 ? ["x"] : frames).map((frame) => Buffer.from(frame as string)),
  )
}

/** The reason why `pattern` cannot receive. */
export function receiveRefusal(pattern: Pattern): Refusal {
  return patterns.receiveRefusal(pattern)
}

export function receive(pattern: Pattern): string[] | undefined {
  return text(pattern.receive?.())
}

/** Receives all messages of the pattern. */
export function receiveAll(pattern: Pattern): string[][] {
  return [...until(() => receive(pattern))]
}

export interface PeerOptions {
  /** High-water mark in each direction, in messages. */
  readonly mark?: number
  readonly routingId?: string
  /** Routing id that the application assigns. */
  readonly alias?: string
  /** Not connected yet: messages are queued. */
  readonly absent?: boolean
}

/** Forwards the notifications of a pipe to its pattern, as a socket does. */
export function ownerOf(pattern: Pattern): PipeOwner {
  return {
    peerReady: (pipe) => pattern.peerReady?.(pipe),
    readActivated: (pipe) => {
      pattern.readActivated(pipe)
    },
    writeActivated: (pipe) => pattern.writeActivated?.(pipe),
    pipeTerminated: (pipe) => {
      pattern.pipeTerminated(pipe)
    },
  }
}

/** A peer of a pattern: the far end of a pipe. */
export class Peer implements PipeOwner {
  /** Whether the pattern has closed the pipe. */
  terminated = false
  /** The end of the pipe that belongs to the pattern. */
  readonly near: Pipe
  readonly #far: SessionPipe
  readonly #routingId: string

  constructor(pattern: Pattern, { mark = 1000, routingId = "", alias, absent = false }: PeerOptions = {}) {
    this.#routingId = routingId
    ;[this.near, this.#far] = LocalPipe.pair(ownerOf(pattern), { sendMark: mark, receiveMark: mark }, this)
    pattern.attach?.(this.near, alias === undefined ? undefined : Buffer.from(alias, "latin1"))
    if (!absent) this.arrive()
  }

  /** Connects or reconnects the peer. */
  arrive(routingId = this.#routingId): void {
    this.#far.announcePeer({ socketType: "", routingId: Buffer.from(routingId, "latin1") })
  }

  /** Disconnects the peer, which may reconnect. */
  leave(): void {
    this.#far.withdrawPeer()
  }

  /** Disconnects the peer permanently. */
  close(): void {
    this.#far.close()
  }

  send(...frames: string[]): boolean {
    return this.#far.send(message(...frames))
  }

  receive(): string[] | undefined {
    return text(this.#far.receive())
  }

  /** All messages that the pattern has sent to the peer. */
  drain(): string[][] {
    return [...until(() => this.receive())]
  }

  peerReady(): void {
    // The other end is a pattern, which is always connected.
  }

  readActivated(): void {
    // Tests read on their own.
  }

  writeActivated(): void {
    // Tests write on their own.
  }

  pipeTerminated(): void {
    this.terminated = true
  }
}

function* until<T>(next: () => T | undefined): IterableIterator<T> {
  for (let item = next(); item !== undefined; item = next()) yield item
}
