import { LocalPipe } from "../../src/core/local-pipe.js"
import type { Pipe, PipeOwner, SessionPipe } from "../../src/core/pipe.js"
import * as patterns from "../../src/patterns/pattern.js"
import type { Pattern, PatternHost, Refusal } from "../../src/patterns/pattern.js"
import type { Multipart } from "../../src/zmtp/bytes.js"
import { message, text } from "./messages.js"

/** Stands for the socket that a pattern belongs to, and counts what it is told. */
export class Host implements PatternHost {
  pattern: Pattern | undefined
  sendables = 0
  receivables = 0
  drops = 0
  subscriptions = 0
  /** Why pipes were ended at once, where a reason was given. */
  readonly reasons: Error[] = []
  /** What is due in the next turn. */
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

  /** Runs what is due in the next turn; false when nothing is. */
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

/** A pattern with a host of its own. */
export function host<P extends Pattern>(create: (host: Host) => P): { pattern: P; host: Host } {
  const host = new Host()
  const pattern = create(host)
  host.pattern = pattern
  return { pattern, host }
}

export function send(pattern: Pattern, ...frames: string[]): boolean {
  return pattern.send?.(message(...frames)) === true
}

/** Why `pattern` would refuse to send. */
export function sendRefusal(pattern: Pattern, ...frames: (string | Uint8Array)[]): Refusal {
  return patterns.sendRefusal(
    pattern,
    (frames.length === 0 ? ["x"] : frames).map((frame) => Buffer.from(frame as string)),
  )
}

/** Why `pattern` has nothing to receive. */
export function receiveRefusal(pattern: Pattern): Refusal {
  return patterns.receiveRefusal(pattern)
}

export function receive(pattern: Pattern): string[] | undefined {
  return text(pattern.receive?.())
}

/** All messages that the pattern has to give. */
export function receiveAll(pattern: Pattern): string[][] {
  return [...until(() => receive(pattern))]
}

export interface PeerOptions {
  /** High-water mark each way, in messages. */
  readonly mark?: number
  readonly routingId?: string
  /** What the application calls it. */
  readonly alias?: string
  /** Not there yet: messages queue for it. */
  readonly absent?: boolean
}

/** What a socket does for its pattern. */
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

/** The far end of a pipe to a pattern. */
export class Peer implements PipeOwner {
  /** The pattern has ended the pipe. */
  terminated = false
  /** The end of the pipe that the pattern has. */
  readonly near: Pipe
  readonly #far: SessionPipe
  readonly #routingId: string

  constructor(pattern: Pattern, { mark = 1000, routingId = "", alias, absent = false }: PeerOptions = {}) {
    this.#routingId = routingId
    ;[this.near, this.#far] = LocalPipe.pair(ownerOf(pattern), { sendMark: mark, receiveMark: mark }, this)
    pattern.attach?.(this.near, alias === undefined ? undefined : Buffer.from(alias, "latin1"))
    if (!absent) this.arrive()
  }

  /** Is there, for the first time or again. */
  arrive(routingId = this.#routingId): void {
    this.#far.announcePeer({ socketType: "", routingId: Buffer.from(routingId, "latin1") })
  }

  /** Is gone, and may come back. */
  leave(): void {
    this.#far.withdrawPeer()
  }

  /** Is gone for good. */
  close(): void {
    this.#far.close()
  }

  send(...frames: string[]): boolean {
    return this.#far.send(message(...frames))
  }

  receive(): string[] | undefined {
    return text(this.#far.receive())
  }

  /** All that the pattern has sent it. */
  drain(): string[][] {
    return [...until(() => this.receive())]
  }

  peerReady(): void {
    // The other end is a pattern, always there.
  }

  readActivated(): void {
    // Tests look when they want to.
  }

  writeActivated(): void {
    // Likewise.
  }

  pipeTerminated(): void {
    this.terminated = true
  }
}

function* until<T>(next: () => T | undefined): IterableIterator<T> {
  for (let item = next(); item !== undefined; item = next()) yield item
}
