// I/O threads: connections that run in a different thread from their sockets.

import { MessageChannel } from "node:worker_threads"
import type { Runtime } from "../../core/runtime/runtime.js"
import { describe, zmqError } from "../../core/errors.js"
import type { ContextBoard } from "./context-board.js"
import type { IoEndpoint } from "./io-endpoint.js"
import type { IoLine } from "./io-line.js"
import type { IoNote, IoRequest } from "./io-note.js"
import { decodeError } from "./error-note.js"
import { NotePort } from "./note-port.js"
import type { ThreadCode, ThreadData } from "./thread-code.js"

/** Maximum time that a synchronous call waits for the answer of an I/O thread, in ms. */
const MAX_BLOCKING_TIME = 30_000

/** Maximum time that the exit of the process waits for an I/O thread, in ms. */
const MAX_EXIT_TIME = 1000

/** The threads of all contexts, which end with the process. One listener serves all, because Node warns if there are many. */
const running = new Set<IoThread>()

function endWithProcess(thread: IoThread): void {
  if (running.size === 0) process.once("exit", endAll)
  running.add(thread)
}

function endAll(): void {
  for (const thread of running) thread.exit()
}

function forgetThread(thread: IoThread): void {
  running.delete(thread)
  if (running.size === 0) process.off("exit", endAll)
}

/** Handles the endpoints of a thread that has ended unexpectedly. */
export interface ThreadOwner {
  /** @param endpoints The endpoints of the thread. */
  died(thread: IoThread, error: Error, endpoints: readonly IoEndpoint[]): void
}

/** Represents one I/O thread in the thread that has started it. */
export class IoThread {
  /** The sockets' ends of the pipes to this thread. */
  readonly lines = new Map<number, { readonly line: IoLine; readonly endpoint: IoEndpoint }>()
  readonly #endpoints = new Map<number, IoEndpoint>()
  /** Callbacks for the answers to requests that bind or unbind. */
  readonly #answers = new Map<number, (error: Error | undefined, name: string) => void>()
  readonly #port: NotePort<IoRequest, IoNote>
  #lastEndpoint = 0
  #lastPipe = 0
  /** Number of reasons to keep the process alive: pending requests to end endpoints, and lingering sessions. */
  #holds = 0
  #lingers = false
  /** Number of pending requests to end something. */
  #ends = 0
  #whenEnded: (() => void)[] = []
  #dead = false

  constructor(
    readonly number: number,
    code: ThreadCode,
    data: Omit<ThreadData, "port" | "number">,
    private readonly board: ContextBoard,
    private readonly runtime: Runtime,
    private readonly owner: ThreadOwner,
  ) {
    const { port1, port2 } = new MessageChannel()
    this.#port = new NotePort<IoRequest, IoNote>(port1, runtime)
    const worker = code({ ...data, number, port: port2 })
    endWithProcess(this)
    this.#port.start(this)
    port1.unref()
    let reason: Error | undefined
    worker.on("error", (error: unknown) => {
      reason = error instanceof Error ? error : new Error(describe(error))
    })
    worker.on("exit", (code) => {
      this.#died(reason ?? new Error(`The I/O thread has ended with code ${code}`))
    })
    worker.unref()
  }

  /** Number of its endpoints. */
  get load(): number {
    return this.#endpoints.size
  }

  add(endpoint: IoEndpoint): number {
    const id = ++this.#lastEndpoint
    this.#endpoints.set(id, endpoint)
    return id
  }

  remove(endpoint: IoEndpoint): void {
    this.#endpoints.delete(endpoint.id)
  }

  /** This thread assigns even numbers, the I/O thread odd ones. */
  nextPipe(): number {
    return (this.#lastPipe += 2)
  }

  post(request: IoRequest, memory?: ArrayBuffer): void {
    if (!this.#dead) this.#port.post(request, memory)
  }

  ring(pipe: number): void {
    if (!this.#dead) this.#port.ring(pipe)
  }

  flush(): void {
    this.#port.flush()
  }

  /** Posts a request about `endpoint`, and keeps the process alive until the answer arrives. */
  ask(request: IoRequest & { readonly endpoint: number }): Promise<string> {
    const { keepAlive } = this.runtime
    keepAlive.hold()
    return new Promise<string>((resolve, reject) => {
      this.#answers.set(request.endpoint, (error, name) => {
        keepAlive.release()
        if (error === undefined) resolve(name)
        else reject(error)
      })
      this.post(request)
    })
  }

  /** Like `ask`, but blocks until the answer arrives. */
  askNow(request: IoRequest & { readonly endpoint: number }): string {
    let outcome: { readonly error: Error | undefined; readonly name: string } | undefined
    this.#answers.set(request.endpoint, (error, name) => (outcome = { error, name }))
    this.board.expectAnswer(this.number)
    this.post(request)
    this.flush()
    this.board.awaitAnswer(this.number, MAX_BLOCKING_TIME)
    this.#port.takeEarly((note) => "endpoint" in note && note.endpoint === request.endpoint)
    this.#answers.delete(request.endpoint)
    const { error, name } = outcome ?? { error: zmqError("ETIMEDOUT", { message: NO_ANSWER }), name: "" }
    if (error !== undefined) throw error
    return name
  }

  /** Posts a request that ends something, and keeps the process alive until it was processed. */
  end(request: IoRequest): void {
    if (this.#dead) return
    this.#ends++
    this.#hold()
    this.post(request)
  }

  /** Whether requests to end something are pending, so addresses may still be in use. */
  get ending(): boolean {
    return this.#ends > 0
  }

  /** Resolves when no such request is pending. */
  whenEnded(): Promise<void> {
    return this.#ends === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenEnded.push(resolve))
  }

  /** Keeps the process alive until all sent messages are written. */
  settle(): void {
    this.end({ kind: "settle" })
  }

  /** Ends the thread when the process exits, after it has removed the socket files of its ipc endpoints. */
  exit(): void {
    if (this.#dead || this.load === 0) return
    this.board.expectAnswer(this.number)
    this.post({ kind: "exit" })
    this.flush()
    this.board.awaitAnswer(this.number, MAX_EXIT_TIME)
  }

  // NoteHandler

  hear(note: IoNote): void {
    switch (note.kind) {
      case "piece":
        this.lines.get(note.pipe)?.line.arrived(note.piece)
        break
      case "bound":
        this.#answer(note.endpoint, undefined, note.name)
        break
      case "unbound":
        this.#answer(note.endpoint, undefined, "")
        break
      case "refused":
        this.#answer(note.endpoint, decodeError(note.error), "")
        break
      case "peer":
      case "withdrawn":
      case "failed":
      case "detach":
      case "gone":
        this.lines.get(note.pipe)?.endpoint.hearOf(note)
        break
      case "unasked":
        for (const endpoint of this.#endpoints.values()) endpoint.unasked(note.question)
        break
      case "lingers":
        this.#linger(note.lingers)
        break
      case "done":
        this.#release()
        this.#ended(1)
        break
      default:
        this.#endpoints.get(note.endpoint)?.hear(note)
    }
  }

  wake(pipe: number): void {
    this.lines.get(pipe)?.line.pipe.wake()
  }

  #answer(endpoint: number, error: Error | undefined, name: string): void {
    const answer = this.#answers.get(endpoint)
    this.#answers.delete(endpoint)
    answer?.(error, name)
  }

  #linger(lingers: boolean): void {
    if (lingers === this.#lingers) return
    this.#lingers = lingers
    if (lingers) this.#hold()
    else this.#release()
  }

  #ended(count: number): void {
    this.#ends -= count
    if (this.#ends === 0) for (const resolve of this.#whenEnded.splice(0)) resolve()
  }

  #hold(): void {
    this.#holds++
    this.runtime.keepAlive.hold()
  }

  #release(): void {
    this.#holds--
    this.runtime.keepAlive.release()
  }

  #died(cause: Error): void {
    if (this.#dead) return
    this.#dead = true
    forgetThread(this)
    this.#port.port.close()
    const error = zmqError("ECONNABORTED", { message: "The I/O thread of the connection has ended", cause })
    const endpoints = [...this.#endpoints.values()]
    this.#endpoints.clear()
    for (const answer of this.#answers.values()) answer(error, "")
    this.#answers.clear()
    while (this.#holds > 0) this.#release()
    this.#ended(this.#ends)
    this.owner.died(this, error, endpoints)
  }
}

const NO_ANSWER = "The I/O thread does not answer"
