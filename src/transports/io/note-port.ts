import { receiveMessageOnPort, type MessagePort } from "node:worker_threads"
import type { Scheduler } from "../../core/scheduler.js"

/** What is posted at once. */
interface Batch<Note> {
  readonly notes: readonly Note[]
  /** Pipes whose other end has found nothing and is to look again. */
  readonly bells: readonly number[]
}

/** Handles what comes over a port. */
export interface NoteHandler<Note> {
  hear(note: Note): void
  /** Wakes an end of a pipe. */
  wake(pipe: number): void
}

/**
 * One end of the port between a thread and one of its I/O threads. Notes of one turn of the event loop travel together, and
 * are handled without a break: no code of the application runs between two that belong together, such as a pipe and its
 * peer. Bells come last, when what they may be about is known.
 */
export class NotePort<Sent, Received> {
  #notes: Sent[] = []
  #bells: number[] = []
  #scheduled = false
  /** Batches taken out of the port by somebody who waited for one of their notes. */
  readonly #early: Batch<Received>[] = []
  #handler!: NoteHandler<Received>

  constructor(
    readonly port: MessagePort,
    private readonly scheduler: Scheduler,
  ) {}

  start(handler: NoteHandler<Received>): void {
    this.#handler = handler
    this.port.on("message", (batch: Batch<Received>) => {
      this.#handleEarly()
      this.#handle(batch)
    })
  }

  post(note: Sent): void {
    this.#notes.push(note)
    this.#schedule()
  }

  /** The first of a turn rings at once, so that both threads work at the same time. */
  ring(pipe: number): void {
    this.#bells.push(pipe)
    if (this.#scheduled) return
    this.#schedule()
    this.#send()
  }

  /** Sends what was posted, without waiting for the end of the turn. */
  readonly flush = (): void => {
    this.#scheduled = false
    this.#send()
  }

  #send(): void {
    if (this.#notes.length + this.#bells.length === 0) return
    const batch = { notes: this.#notes, bells: this.#bells }
    this.#notes = []
    this.#bells = []
    this.port.postMessage(batch)
  }

  /** Handles those notes that have arrived already and that `wanted` picks; all others in their turn. */
  takeEarly(wanted: (note: Received) => boolean): void {
    for (let next = receiveMessageOnPort(this.port); next !== undefined; next = receiveMessageOnPort(this.port)) {
      const { notes, bells } = next.message as Batch<Received>
      const picked = notes.filter(wanted)
      this.#early.push({ notes: notes.filter((note) => !picked.includes(note)), bells })
      for (const note of picked) this.#handler.hear(note)
    }
    this.scheduler.afterMicrotasks(this.#handleEarly)
  }

  readonly #handleEarly = (): void => {
    for (let batch = this.#early.shift(); batch !== undefined; batch = this.#early.shift()) this.#handle(batch)
  }

  #handle({ notes, bells }: Batch<Received>): void {
    for (const note of notes) this.#handler.hear(note)
    for (const pipe of bells) this.#handler.wake(pipe)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.scheduler.afterMicrotasks(this.flush)
  }
}
