import type { Runtime } from "../../core/runtime/runtime.js"
import { factsOf } from "../../zmtp/socket-types.js"
import type { Inproc } from "../inproc/inproc.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import { HANDLER } from "../authentication/zap.js"
import { CAPABILITIES } from "../capabilities.js"
import type { StreamTransport } from "../stream/stream-transport.js"
import type { Transport, TransportHost, TransportOptions } from "../transport.js"
import { ContextBoard } from "./context-board.js"
import { IoBoard } from "./io-board.js"
import { FIRST_PAUSE, LONGEST_PAUSE, type IoEndpoint } from "./io-endpoint.js"
import type { SocketFacts } from "./io-note.js"
import { IoThread, type ThreadOwner } from "./io-thread.js"
import { IoTransport } from "./io-transport.js"
import type { ThreadCode } from "./thread-code.js"

/** A thread that runs for this time, in ms, ends a series of failures. */
const STEADY = 30_000

/** A socket with endpoints in I/O threads. */
interface IoSocket {
  readonly key: number
  readonly board: IoBoard
  /** The thread of all its endpoints, if they must share one. */
  home: IoThread | undefined
}

/** The I/O threads of one context. They are started when an endpoint needs them. */
export class IoThreads implements ThreadOwner {
  /** Maximum number of threads. If it changes, existing endpoints stay in their threads. */
  count = 0
  readonly #transports: ReadonlyMap<string, Transport>
  readonly #threads: (IoThread | undefined)[] = []
  readonly #sockets = new WeakMap<TransportHost, IoSocket>()
  readonly #board = new ContextBoard()
  #lastKey = 0
  /** Number of consecutive thread failures. */
  #deaths = 0

  /** @param local The transports of this thread that I/O threads have, too, by scheme. */
  constructor(
    private readonly inproc: Inproc,
    local: ReadonlyMap<string, StreamTransport>,
    readonly runtime: Runtime,
    readonly features: ConnectionFeatures,
    private readonly code: ThreadCode,
  ) {
    this.#transports = new Map(
      [...local].map(([scheme, transport]) => [scheme, new IoTransport(scheme, transport, this)]),
    )
    inproc.watch(HANDLER, (bound) => {
      this.#board.hasZapHandler = bound
    })
  }

  /** The transport that replaces the platform's transport for `scheme`, if I/O threads support it. */
  transportFor(scheme: string): Transport | undefined {
    return this.count === 0 ? undefined : this.#transports.get(scheme)
  }

  /** Resolves when the addresses of closed endpoints are free. */
  async released(): Promise<void> {
    for (const thread of this.#threads) if (thread?.ending === true) await thread.whenEnded()
  }

  /** The thread for another endpoint of `host`. @param atOnce Whether to prefer a thread that is freeing addresses. */
  threadFor(host: TransportHost, atOnce = false): IoThread {
    const socket = this.#socketOf(host)
    if (socket.home !== undefined) return socket.home
    const ending = atOnce ? this.#threads.find((thread) => thread?.ending) : undefined
    if (ending !== undefined) return ending
    let least: IoThread | undefined
    for (let number = 0; number < this.count; number++) {
      const thread = (this.#threads[number] ??= this.#start(number))
      if (least === undefined || thread.load < least.load) least = thread
      if (least.load === 0) break
    }
    if (host.rejectionOf !== undefined) socket.home = least!
    return least!
  }

  factsOf(host: TransportHost, { tracePeers }: TransportOptions): SocketFacts {
    const { key, board } = this.#socketOf(host)
    const subscribes = factsOf(host.self.socketType).subscriptions === "sends"
    return {
      key,
      board: board.memory,
      limits: host.pipeOptions(),
      routes: host.rejectionOf !== undefined,
      waits: subscribes,
      traces: tracePeers,
    }
  }

  /**
   * Whether `settle` is possible: a thread answers when its event loop is empty. Otherwise, sockets that close keep the
   * process alive, too.
   */
  readonly settles = CAPABILITIES.reportsIdleThreads

  /** Keeps the process alive until all threads have written what was sent. */
  settle(): void {
    for (const thread of this.#threads) thread?.settle()
  }

  // ThreadOwner

  died(thread: IoThread, error: Error, endpoints: readonly IoEndpoint[]): void {
    if (this.#threads[thread.number] === thread) this.#threads[thread.number] = undefined
    for (const endpoint of endpoints) {
      const socket = this.#sockets.get(endpoint.host)
      if (socket === undefined) continue
      socket.board.threadEnded(thread.number)
      if (socket.home === thread) socket.home = undefined
    }
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#deaths++, LONGEST_PAUSE)
    for (const endpoint of endpoints) endpoint.abandon(error, pause)
    this.runtime.clock.after(pause, () => {
      for (const endpoint of endpoints) endpoint.restart()
      this.runtime.clock.after(STEADY, () => (this.#deaths = 0))
    })
  }

  #start(number: number): IoThread {
    const data = { board: this.#board.memory, sharesNames: this.inproc.extended }
    return new IoThread(number, this.code, data, this.#board, this.runtime, this)
  }

  #socketOf(host: TransportHost): IoSocket {
    const known = this.#sockets.get(host)
    if (known !== undefined) return known
    const board = new IoBoard()
    const socket: IoSocket = { key: ++this.#lastKey, board, home: undefined }
    const update = (): void => {
      const { linger, handover } = host.transportOptions()
      const { receiveBytes = 0 } = host.pipeOptions()
      board.update({ linger, handover, authenticates: host.authenticator !== undefined, departedLimit: receiveBytes })
    }
    update()
    host.settingsChanged = update
    host.counters.sources.push(board)
    this.#sockets.set(host, socket)
    return socket
  }
}
