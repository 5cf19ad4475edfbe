// Inproc between threads that share memory.

import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  setEnvironmentData,
  threadId,
  type Worker,
} from "node:worker_threads"
import type { Timer } from "../../core/runtime/clock.js"
import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { PipeEndOptions } from "../../core/pipe/pipe-limits.js"
import { warn, type Runtime } from "../../core/runtime/runtime.js"
import { CAPABILITIES } from "../capabilities.js"
import { isCount, isObject } from "../inproc/parse.js"
import type { Peer } from "../../zmtp/peer.js"
import { sendHello, type RemoteNames, type Inproc } from "../inproc/inproc.js"
import { asPeer, ChannelLine, fetch, keyOf, type LineHost } from "./channel-line.js"
import { KEY, MAX_THREADS, ThreadLedger, type SharedSettings } from "./thread-ledger.js"
import { parseNote, type ConnectNote, type Note } from "./thread-note.js"
import type { Piece } from "./pieces.js"
import { newSharedPipe } from "./shared-pipe.js"
import { ThreadPipe } from "./thread-pipe.js"

/** Interval between checks whether the threads at the other ends of pipes are alive, in ms. */
const WATCH_INTERVAL = 1000

/**
 * Time in which memory arrives that a thread has sent before its end, in ms. No event reports that nothing more follows.
 * Only pipes whose next message needs such memory wait.
 */
const ARRIVAL_TIME = 1000

/** Data that a thread inherits from the thread that started it. */
interface Inheritance {
  readonly ledger: SharedArrayBuffer
  /** Number of the nearest ancestor thread that uses this library. */
  readonly parent: number
}

/** Parses inherited data. Returns `undefined` if it is from another version of this library. */
function parseInheritance(data: unknown): Inheritance | undefined {
  if (!isObject(data)) return undefined
  const { ledger, parent } = data
  return ThreadLedger.isMemory(ledger) && isCount(parent) ? { ledger, parent } : undefined
}

/** The ledger of the threads above this one, if they have any. */
export function inheritedLedger(): ThreadLedger | undefined {
  const inherited = parseInheritance(getEnvironmentData(KEY))
  return inherited === undefined ? undefined : new ThreadLedger(inherited.ledger)
}

/** Shares the names and settings of the default context with all threads. Called once per thread. */
export function shareContext(state: { readonly inproc: Inproc; settings: SharedSettings }, runtime: Runtime): void {
  if (state.inproc.extended) return
  const threads = new Threads(state.inproc, runtime)
  if (threads.enrolled) state.inproc.extend(threads)
  else
    warn(`More than ${MAX_THREADS} threads share inproc:// names: the names of this thread are not visible to others`)
  state.settings = threads.ledger.settings(state.settings, threads.first)
}

/**
 * The names that are bound in other threads of the process. Threads share a ledger of names. They exchange messages
 * over a channel that all of them receive, and each pipe has its own channel. Channels do not keep a thread alive, and
 * are created when inproc is first used.
 */
class Threads implements RemoteNames, LineHost {
  readonly ledger: ThreadLedger
  /** Whether this thread has created the ledger. */
  readonly first: boolean
  /** Whether this thread is registered in the ledger. */
  readonly enrolled: boolean
  readonly #inproc: Inproc
  #channel: BroadcastChannel | undefined
  readonly #lines = new Map<string, ChannelLine>()
  /** Memory that arrived before the request for its pipe, by the name of the pipe. */
  readonly #early = new Map<string, Piece[]>()
  #pipes = 0
  /** Runs while there are lines. */
  #watch: Timer | undefined

  constructor(
    inproc: Inproc,
    readonly runtime: Runtime,
  ) {
    this.#inproc = inproc
    const inherited = parseInheritance(getEnvironmentData(KEY))
    this.first = inherited === undefined
    this.ledger = inherited === undefined ? ThreadLedger.create() : new ThreadLedger(inherited.ledger)
    this.enrolled = this.#enrol(inherited?.parent ?? -1)
    if (this.enrolled) setEnvironmentData(KEY, { ledger: this.ledger.memory, parent: threadId } satisfies Inheritance)
    process.on("worker", (worker: Worker) => {
      const { threadId: child } = worker
      this.#open()
      worker.once("exit", () => {
        // It may not have loaded the library itself, but may have started threads that did.
        this.#dismiss([child, ...this.ledger.gone()])
      })
    })
    if (!isMainThread) {
      process.on("exit", () => {
        this.#leave()
      })
    }
  }

  // RemoteNames

  ready(): undefined {
    return undefined
  }

  claim(address: string): boolean {
    this.#open()
    if (this.ledger.claim(address, threadId)) return true
    // The thread that has bound it may have ended.
    this.#dismiss(this.ledger.gone())
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
    const holder = this.#holder(address)
    return holder !== undefined && holder !== threadId
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): ThreadPipe | undefined {
    this.#open()
    const holder = this.#holder(address)
    if (holder === undefined || holder === threadId) return undefined
    const line = new ChannelLine(this, 0, `${threadId}.${this.#pipes++}`, holder, newSharedPipe())
    line.request = { address, self: { ...self, routingId: Uint8Array.from(self.routingId) } }
    line.pipe = new ThreadPipe(owner, options, 0, line.shared, line)
    this.#keepLine(line)
    this.#ask(line, holder)
    return line.pipe
  }

  // Lines

  sendPiece(to: number, pipe: string, piece: Piece): void {
    this.#say({ kind: "piece", to, pipe, piece })
  }

  forget(line: ChannelLine): void {
    this.#lines.delete(line.key)
  }

  /**
   * Stores memory that has arrived and was not delivered yet. Other messages are delivered by the event loop, including
   * the request for a pipe, so the pipe's memory may be found first.
   */
  look(): void {
    for (let next = fetch(this.#channel); next !== undefined; next = fetch(this.#channel)) {
      const note = parseNote(next.message)
      if (note === undefined) continue
      if (note.kind === "piece") this.#hear(note)
      else {
        if (note.kind === "connect") this.#early.set(note.pipe, [])
        this.runtime.afterMicrotasks(() => {
          this.#hear(note)
        })
      }
    }
  }

  #enrol(parent: number): boolean {
    const enrol = (): boolean => this.ledger.enrol(threadId, parent, !isMainThread)
    if (enrol()) return true
    for (const thread of this.ledger.gone()) this.ledger.dismiss(thread)
    return enrol()
  }

  #open(): void {
    if (this.#channel !== undefined) return
    const channel = new BroadcastChannel(KEY)
    this.#channel = channel
    channel.onmessage = (event: unknown) => {
      const note = parseNote((event as { data: unknown }).data)
      if (note !== undefined) this.#hear(note)
    }
    channel.unref()
  }

  #say(note: Note): void {
    this.#channel?.postMessage(note)
  }

  #hear(note: Note): void {
    switch (note.kind) {
      case "bound":
        this.#inproc.nameBound(note.address)
        this.#settle(note.address)
        break
      case "gone":
        // Threads are removed from the ledger before this message is sent.
        this.#abandon(note.threads.filter((thread) => this.ledger.isGone(thread)))
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

  /** The live thread that has bound `address`. */
  #holder(address: string): number | undefined {
    const holder = this.ledger.holder(address)
    if (holder === undefined || holder === threadId || !this.ledger.isGone(holder)) return holder
    this.#dismiss([holder])
    return this.ledger.holder(address)
  }

  #keep(pipe: string, piece: Piece): void {
    const line = this.#lines.get(keyOf(pipe, 1))
    if (line !== undefined) line.arrived(piece)
    else this.#early.get(pipe)?.push(piece)
  }

  /** Sends the request for the other end to `holder`, if any. */
  #ask(line: ChannelLine, holder: number | undefined): void {
    line.peer = holder
    if (holder === undefined) return
    const { name: pipe, shared, early: pieces } = line
    const request: ConnectNote = { kind: "connect", to: holder, from: threadId, pipe, shared, pieces, ...line.request! }
    if (holder === threadId) this.#accept(request)
    else this.#say(request)
  }

  #accept({ pipe: name, from, address, shared, self, pieces }: ConnectNote): void {
    const early = this.#early.get(name) ?? []
    this.#early.delete(name)
    if (this.#lines.has(keyOf(name, 1))) return
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
      // The other end has closed without sending anything.
      pipe.close()
      return
    }
    this.#keepLine(line)
    // Announce the peer before any message.
    pipe.announcePeer(host.self)
    host.attach(pipe)
    sendHello(pipe, host)
    pipe.accept(asPeer(self))
    pipe.activate()
    // In Bun, a message that is posted in the turn that creates a channel may be lost. Receiving it twice is harmless.
    this.runtime.nextTurn(() => {
      pipe.announcePeer(host.self)
      line.ring()
    })
  }

  /** The request was refused, because the name is no longer bound by that thread. Another thread may have bound it. */
  #refused(name: string, by: number): void {
    const line = this.#lines.get(keyOf(name, 0))
    if (line === undefined || line.pipe.accepted || line.peer !== by) return
    const holder = this.ledger.holder(line.request!.address)
    this.#ask(line, holder === by ? undefined : holder)
  }

  /** Sends refused requests to the thread that has bound the name now. */
  #settle(address: string): void {
    for (const line of this.#lines.values()) {
      if (line.request?.address === address && line.peer === undefined) this.#ask(line, this.ledger.holder(address))
    }
  }

  // Endings

  #keepLine(line: ChannelLine): void {
    this.#lines.set(line.key, line)
    line.listen()
    this.#watch ??= this.runtime.clock.after(WATCH_INTERVAL, this.#watchPeers)
  }

  /**
   * Checks the threads at the other ends of pipes, because the thread that is notified of their end may be another one.
   */
  readonly #watchPeers = (): void => {
    this.#watch = undefined
    const peers = new Set<number>()
    for (const { peer } of this.#lines.values()) if (peer !== undefined && peer !== threadId) peers.add(peer)
    this.#dismiss([...peers].filter((peer) => this.ledger.isGone(peer)))
    if (this.#lines.size > 0) this.#watch ??= this.runtime.clock.after(WATCH_INTERVAL, this.#watchPeers)
  }

  /** This thread ends normally: closes its pipes, with the messages that were sent. */
  #leave(): void {
    for (const { pipe } of this.#lines.values()) pipe.close()
    this.#dismiss([threadId])
  }

  /**
   * Handles the end of threads: frees their names and those of the threads that they had started, and notifies all
   * other threads.
   */
  #dismiss(threads: readonly number[]): void {
    if (threads.length === 0) return
    const gone = [...new Set(threads.flatMap((thread) => this.ledger.dismiss(thread)))]
    this.#say({ kind: "gone", threads: gone })
    this.#abandon(gone)
  }

  #abandon(threads: readonly number[]): void {
    for (const line of [...this.#lines.values()]) {
      if (!threads.includes(line.peer ?? -1)) continue
      // Requests that were not accepted are sent to the next thread that binds the name.
      if (line.request !== undefined && !line.heard) this.#ask(line, this.#holder(line.request.address))
      else if (CAPABILITIES.deliversBeforeEnd) line.pipe.abandon()
      else {
        line.pipe.orphan()
        this.runtime.clock.after(ARRIVAL_TIME, () => {
          line.pipe.abandon()
        })
      }
    }
  }
}
