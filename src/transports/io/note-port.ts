import { receiveMessageOnPort, type MessagePort } from "node:worker_threads"
import type { Scheduler } from "../../core/runtime/scheduler.js"

/** The notes of one message. */
interface Batch<Note> {
  readonly notes: readonly Note[]
  /** Pipes whose other end found nothing and must check again. */
  readonly bells: readonly number[]
}

/** Number of transferred bytes after which notes are sent in the middle of a turn, so that both threads work in parallel. */
const FLUSH_SIZE = 256 * 1024

/** Handles the notes that arrive over a port. */
export interface NoteHandler<Note> {
  hear(note: Note): void
  /** Wakes an end of a pipe. */
  wake(pipe: number): void
}

/**
 * One end of the port between a thread and one of its I/O threads. The notes of one turn of the event loop are sent and
 * handled together: no application code runs between notes that belong together, such as a pipe and its peer. Wake-ups
 * come last, after the notes that they may refer to.
 */
export class NotePort<Sent, Received> {
  #notes: Sent[] = []
  #bells: number[] = []
  /** Memory in the notes that is transferred, and its size in bytes. */
  #memory: ArrayBuffer[] = []
  #size = 0
  #scheduled = false
  /** Batches that were received early, because a caller was waiting for one of their notes. */
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

  /** @param memory Memory in `note` that is transferred. */
  post(note: Sent, memory?: ArrayBuffer): void {
    this.#notes.push(note)
    this.#schedule()
    if (memory === undefined) return
    this.#memory.push(memory)
    this.#size += memory.byteLength
    if (this.#size >= FLUSH_SIZE) this.#send()
  }

  /** Wakes the other end of `pipe`; the first time in a turn immediately, so that both threads work in parallel. */
  ring(pipe: number): void {
    this.#bells.push(pipe)
    if (this.#scheduled) return
    this.#schedule()
    this.#send()
  }

  /** Sends the posted notes without waiting for the end of the turn. */
  readonly flush = (): void => {
    this.#scheduled = false
    this.#send()
  }

  #send(): void {
    if (this.#notes.length + this.#bells.length === 0) return
    const batch = { notes: this.#notes, bells: this.#bells }
    this.#notes = []
    this.#bells = []
    if (this.#size === 0) {
      this.port.postMessage(batch)
      return
    }
    this.port.postMessage(batch, this.#memory)
    this.#memory = []
    this.#size = 0
  }

  /** Handles the notes that have arrived and for which `wanted` returns true. All others are handled in order later. */
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
