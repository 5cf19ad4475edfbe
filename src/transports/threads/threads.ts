import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId,
  type Worker,
} from "node:worker_threads"
import type { PipeEndOptions, PipeOwner } from "../../core/pipe.js"
import type { Runtime } from "../../core/runtime.js"
import type { Peer } from "../../zmtp/peer.js"
import { greet, type Beyond, type Inproc } from "../inproc/inproc.js"
import { ThreadLedger, type SharedSettings } from "./thread-ledger.js"
import { asPeer, fetch, keyOf, KEY, ChannelLine, type LineHost, type Piece, type PipeRequest } from "./channel-line.js"
import { newSharedPipe, ThreadPipe, type SharedPipe } from "./thread-pipe.js"

/** What a thread inherits from the one that started it. */
interface Inheritance {
  readonly ledger: SharedArrayBuffer
  /** Number of the nearest thread above that uses this library. */
  readonly parent: number
}

/** What threads tell each other: all of them, or the one that `to` says. */
type Note =
  | { readonly kind: "bound"; readonly address: string }
  | { readonly kind: "gone"; readonly threads: readonly number[] }
  | Request
  | { readonly kind: "refused"; readonly to: number; readonly pipe: string; readonly from: number }
  | { readonly kind: "piece"; readonly to: number; readonly pipe: string; readonly piece: Piece }

/** Somebody has connected to `address`. */
interface Request extends PipeRequest {
  readonly kind: "connect"
  readonly to: number
  readonly from: number
  readonly pipe: string
  readonly shared: SharedPipe
  /** What the queue already needs. */
  readonly pieces: readonly Piece[]
}

/** Makes the default context one for all threads: its names and its settings. Once for each thread. */
export function shareContext(state: { readonly inproc: Inproc; settings: SharedSettings }, runtime: Runtime): void {
  if (state.inproc.extended) return
  const threads = new Threads(state.inproc, runtime)
  state.inproc.extend(threads)
  state.settings = threads.ledger.settings(state.settings, threads.first)
}

/**
 * The threads of the process as a place beyond this one. They share a ledger of names; what they have to say to each
 * other goes over a channel that all hear, and once a pipe is there over a channel of its own. Neither keeps a thread
 * alive, and until inproc is used there is none.
 */
class Threads implements Beyond, LineHost {
  readonly ledger: ThreadLedger
  /** Nobody had made a ledger before. */
  readonly first: boolean
  readonly #inproc: Inproc
  #channel: BroadcastChannel | undefined
  readonly #lines = new Map<string, ChannelLine>()
  /** Memory that is found before the request for its pipe is told, by the name of the pipe. */
  readonly #early = new Map<string, Piece[]>()
  #pipes = 0

  constructor(
    inproc: Inproc,
    readonly runtime: Runtime,
  ) {
    this.#inproc = inproc
    const inherited = getEnvironmentData(KEY) as Inheritance | undefined
    this.first = inherited === undefined
    this.ledger = inherited === undefined ? ThreadLedger.create() : new ThreadLedger(inherited.ledger)
    this.ledger.enrol(threadId, inherited?.parent ?? -1)
    setEnvironmentData(KEY, { ledger: this.ledger.memory, parent: threadId } satisfies Inheritance)
    process.on("worker", (worker: Worker) => {
      const { threadId: child } = worker
      this.#open()
      worker.once("exit", () => {
        this.#dismiss(child)
      })
    })
    if (!isMainThread) {
      process.on("exit", () => {
        this.#leave()
      })
    }
  }

  // Beyond

  ready(): undefined {
    return undefined
  }

  claim(address: string): boolean {
    this.#open()
    return this.ledger.claim(address, threadId)
  }

  announce(address: string): void {
    this.#say({ kind: "bound", address })
    this.#settle(address)
  }

  release(address: string): void {
    this.ledger.release(address, threadId)
  }

  isBound(address: string): boolean {
    const holder = this.ledger.holder(address)
    return holder !== undefined && holder !== threadId
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): ThreadPipe | undefined {
    this.#open()
    const holder = this.ledger.holder(address)
    if (holder === undefined || holder === threadId) return undefined
    const line = new ChannelLine(this, 0, `${threadId}.${this.#pipes++}`, holder, newSharedPipe())
    line.request = { address, self: { ...self, routingId: Uint8Array.from(self.routingId) } }
    line.pipe = new ThreadPipe(owner, options, 0, line.shared, line)
    this.#lines.set(line.key, line)
    line.listen()
    this.#ask(line, holder)
    return line.pipe
  }

  // Lines

  tell(to: number, pipe: string, piece: Piece): void {
    this.#say({ kind: "piece", to, pipe, piece })
  }

  forget(line: ChannelLine): void {
    this.#lines.delete(line.key)
  }

  /**
   * Looks for memory that has arrived and was not told yet. Everything else is told in its turn, the request for a pipe
   * among it: its memory may be found first.
   */
  look(): void {
    for (let next = fetch(this.#channel); next !== undefined; next = fetch(this.#channel)) {
      const note = next as Note
      if (note.kind === "piece") this.#hear(note)
      else {
        if (note.kind === "connect") this.#early.set(note.pipe, [])
        this.runtime.afterMicrotasks(() => {
          this.#hear(note)
        })
      }
    }
  }

  #open(): void {
    if (this.#channel !== undefined) return
    const channel = new BroadcastChannel(KEY)
    this.#channel = channel
    channel.onmessage = (event: unknown) => {
      this.#hear((event as { data: Note }).data)
    }
    channel.unref()
  }

  #say(note: Note): void {
    this.#channel?.postMessage(note)
  }

  #hear(note: Note): void {
    switch (note.kind) {
      case "bound":
        this.#inproc.offered(note.address)
        this.#settle(note.address)
        break
      case "gone":
        this.#abandon(note.threads)
        break
      case "connect":
        if (note.to === threadId) this.#accept(note)
        else this.#early.delete(note.pipe)
        break
      case "refused":
        if (note.to === threadId) this.#refused(note.pipe, note.from)
        break
      case "piece":
        if (note.to === threadId) this.#keep(note.pipe, note.piece)
    }
  }

  #keep(pipe: string, piece: Piece): void {
    const line = this.#lines.get(keyOf(pipe, 1))
    if (line !== undefined) line.arrived(piece)
    else this.#early.get(pipe)?.push(piece)
  }

  /** Asks `holder`, or nobody yet, to take the other end. */
  #ask(line: ChannelLine, holder: number | undefined): void {
    line.peer = holder
    if (holder === undefined) return
    const { name: pipe, shared, early: pieces } = line
    const request: Request = { kind: "connect", to: holder, from: threadId, pipe, shared, pieces, ...line.request! }
    if (holder === threadId) this.#accept(request)
    else this.#say(request)
  }

  #accept({ pipe: name, from, address, shared, self, pieces }: Request): void {
    const early = this.#early.get(name) ?? []
    this.#early.delete(name)
    const host = this.#inproc.binder(address)
    if (host === undefined) {
      this.#say({ kind: "refused", to: from, pipe: name, from: threadId })
      return
    }
    const line = new ChannelLine(this, 1, name, from, shared)
    for (const piece of [...pieces, ...early]) line.keep(piece)
    const pipe = new ThreadPipe(host, host.pipeOptions(), 1, shared, line)
    line.pipe = pipe
    if (pipe.finished) {
      // Gone without having left anything.
      pipe.close()
      return
    }
    this.#lines.set(line.key, line)
    line.listen()
    // The other end learns who is here before it hears of a message.
    pipe.announcePeer(host.self)
    host.attach(pipe)
    greet(pipe, host)
    pipe.meet(asPeer(self))
    pipe.activate()
    // In Bun what is said in the turn that makes a channel can be lost. To hear it twice does no harm.
    this.runtime.nextTurn(() => {
      pipe.announcePeer(host.self)
      line.ring()
    })
  }

  /** Whoever was asked has not bound the name any more: another may have, or will. */
  #refused(name: string, by: number): void {
    const line = this.#lines.get(keyOf(name, 0))
    if (line === undefined || line.pipe.met || line.peer !== by) return
    const holder = this.ledger.holder(line.request!.address)
    this.#ask(line, holder === by ? undefined : holder)
  }

  /** Pipes that were refused go to whoever has bound the name now. */
  #settle(address: string): void {
    for (const line of this.#lines.values()) {
      if (line.request?.address === address && line.peer === undefined) this.#ask(line, this.ledger.holder(address))
    }
  }

  // Endings

  /** This thread ends by itself: its pipes end, with what they have sent. */
  #leave(): void {
    for (const { pipe } of this.#lines.values()) pipe.close()
    this.#dismiss(threadId)
  }

  #dismiss(thread: number): void {
    const threads = this.ledger.dismiss(thread)
    this.#say({ kind: "gone", threads })
    this.#abandon(threads)
  }

  #abandon(threads: readonly number[]): void {
    for (const line of [...this.#lines.values()]) if (threads.includes(line.peer ?? -1)) line.pipe.abandon()
  }
}
