// The inproc transport: pipes between the sockets of a context.

import { LocalPipe } from "../../core/pipe/local-pipe.js"
import { NO_OWNER, type Pipe, type PipeOwner } from "../../core/pipe/pipe.js"
import type { PipeEndOptions } from "../../core/pipe/pipe-limits.js"
import { zmqError } from "../../core/errors.js"
import type { Peer } from "../../zmtp/peer.js"
import type { Binding, ConnectedEndpoint, Transport, TransportHost } from "../transport.js"
import type { InprocNames } from "../inproc-names.js"
import type { RemotePipe } from "./remote-pipe.js"

/** The names of a context that are bound in other threads or realms. */
export interface RemoteNames {
  /** Resolves when the other threads or realms are known. */
  ready(): Promise<void> | undefined
  /** Reserves `address` for this thread. Returns false if it is bound elsewhere. */
  claim(address: string): boolean
  /** Informs other threads or realms that `address` is bound here. */
  announce(address: string): void
  release(address: string): void
  /** Whether `address` is bound elsewhere. */
  isBound(address: string): boolean
  /**
   * Opens a pipe to the socket that has bound `address` elsewhere. Returns `undefined` if there is none. `self`
   * describes this socket to the peer.
   */
  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): RemotePipe | undefined
}

/**
 * `inproc://`: connects sockets of one context by a pipe. A name may be connected before it is bound; messages are
 * queued in the pipe until then.
 */
export class Inproc implements Transport, InprocNames {
  readonly #bound = new Map<string, TransportHost>()
  readonly #waiting = new Map<string, Set<InprocConnection>>()
  readonly #watchers = new Map<string, (bound: boolean) => void>()
  #remote: RemoteNames | undefined

  /** Whether names of other threads or realms are visible. */
  get extended(): boolean {
    return this.#remote !== undefined
  }

  /** Names that are bound here. */
  get names(): string[] {
    return [...this.#bound.keys()]
  }

  /** Makes the names of `remote` visible. */
  extend(remote: RemoteNames): void {
    this.#remote = remote
  }

  async bind(address: string, host: TransportHost): Promise<Binding> {
    await this.#remote?.ready()
    return this.bindSync(address, host)
  }

  bindSync(address: string, host: TransportHost): Binding {
    const endpoint = `inproc://${address}`
    if (this.#bound.has(address) || this.#remote?.claim(address) === false) {
      throw zmqError("EADDRINUSE", { address: endpoint })
    }
    this.#bound.set(address, host)
    this.#watchers.get(address)?.(true)
    const waiting = this.#waiting.get(address)
    this.#waiting.delete(address)
    if (waiting !== undefined) for (const connection of waiting) connection.join(host)
    this.#remote?.announce(address)
    const release = (): void => {
      if (this.#bound.get(address) !== host) return
      this.#bound.delete(address)
      this.#watchers.get(address)?.(false)
      this.#remote?.release(address)
    }
    return {
      endpoint,
      close: release,
      unbind() {
        release()
        return Promise.resolve()
      },
    }
  }

  /** Calls `changed` now, and whenever `address` is bound or released in this thread. */
  watch(address: string, changed: (bound: boolean) => void): void {
    this.#watchers.set(address, changed)
    changed(this.#bound.has(address))
  }

  isBound(address: string): boolean {
    return this.#bound.has(address) || this.#remote?.isBound(address) === true
  }

  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): Pipe | undefined {
    const binder = this.#bound.get(address)
    if (binder === undefined) return this.#remote?.open(address, owner, options, self)
    const [near, far] = LocalPipe.pair(owner, options, binder, binder.pipeOptions())
    binder.attach(far)
    near.announcePeer(self)
    far.announcePeer(binder.self)
    return near
  }

  connect(
    address: string,
    host: TransportHost,
    routingId: Uint8Array | undefined,
    ended: () => void,
  ): ConnectedEndpoint {
    const binder = this.#bound.get(address)
    const connection = new InprocConnection(host, routingId, ended)
    if (binder === undefined && connection.moveToRemote(address, this.#remote)) return connection
    if (!connection.wait()) return connection
    if (binder === undefined) this.#wait(address, connection)
    else connection.join(binder)
    return {
      disconnect: (linger) => {
        connection.disconnect(linger)
        // Queued messages may still be received by a socket that binds the name later.
        if (linger !== 0 && connection.hasQueued) return
        if (this.#waiting.get(address)?.delete(connection) === true) connection.drop()
      },
    }
  }

  // Events of remote names

  /** `address` was bound elsewhere: connects pending connections to it. */
  nameBound(address: string): void {
    const waiting = this.#waiting.get(address)
    if (waiting === undefined) return
    for (const connection of waiting) if (connection.moveToRemote(address, this.#remote)) waiting.delete(connection)
    if (waiting.size === 0) this.#waiting.delete(address)
  }

  /** The socket that has bound `address`, for a pipe from another thread or realm. */
  binder(address: string): TransportHost | undefined {
    return this.#bound.get(address)
  }

  #wait(address: string, connection: InprocConnection): void {
    const waiting = this.#waiting.get(address)
    if (waiting === undefined) this.#waiting.set(address, new Set([connection]))
    else waiting.add(connection)
  }
}

/** A connection: a pipe whose far end has no owner until a socket binds the name. */
class InprocConnection implements ConnectedEndpoint {
  #near: Pipe | undefined
  #far: Pipe | undefined
  /** The near end, once the pipe leads to another thread or realm. */
  #distant: RemotePipe | undefined

  constructor(
    private readonly host: TransportHost,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
  ) {}

  /** Whether queued messages are waiting for a socket to bind the name. */
  get hasQueued(): boolean {
    return this.#far?.readable === true
  }

  /**
   * Queues messages until the name is bound. Returns false if the socket has rejected the pipe, such as a PAIR that has
   * a peer.
   */
  wait(): boolean {
    const { host } = this
    ;[this.#near, this.#far] = LocalPipe.pair(this.#owner(), host.pipeOptions(), NO_OWNER)
    this.#near.destination = this
    host.attach(this.#near, this.routingId)
    if (this.#near.severed) return false
    sendHello(this.#near, host)
    return true
  }

  join(binder: TransportHost): void {
    const [near, far] = [this.#near!, this.#far!]
    far.transferTo(binder, binder.pipeOptions())
    binder.attach(far)
    sendHello(far, binder)
    near.announcePeer(this.host.self)
    far.announcePeer(binder.self)
    far.activate()
  }

  /**
   * Moves the pipe to another thread or realm, with its queued messages. Returns false if the name is not bound there.
   */
  moveToRemote(address: string, remote: RemoteNames | undefined): boolean {
    const { host } = this
    const pipe = remote?.open(address, this.#owner(), host.pipeOptions(), host.self)
    if (pipe === undefined) return false
    pipe.destination = this
    const [near, far] = [this.#near, this.#far]
    this.#near = this.#distant = pipe
    this.#far = undefined
    if (near === undefined || far === undefined) {
      host.attach(pipe, this.routingId)
      sendHello(pipe, host)
      pipe.activate()
    } else if (near.severed) {
      pipe.owner = NO_OWNER
      move(far, pipe)
      pipe.close()
    } else {
      // Hold the new pipe back until the queued messages have been moved, so that no message overtakes them.
      pipe.hold()
      // The connection continues, so only the socket is notified.
      near.owner = host
      host.detach(near)
      host.attach(pipe, this.routingId)
      move(far, pipe)
      pipe.activate()
      pipe.release()
    }
    return true
  }

  /** Drops queued messages, because no socket will bind the name. */
  drop(): void {
    this.#far?.close()
  }

  disconnect(linger: number): void {
    const distant = this.#distant
    if (linger === 0) distant?.discardSent((message) => this.host.undelivered?.(distant, message))
    if (this.#near !== undefined) this.host.detach(this.#near)
  }

  #owner(): PipeOwner {
    const { host, ended } = this
    return {
      peerReady: (pipe) => {
        host.peerReady(pipe)
      },
      readActivated: (pipe) => {
        host.readActivated(pipe)
      },
      writeActivated: (pipe) => {
        host.writeActivated(pipe)
      },
      pipeTerminated: (pipe) => {
        host.pipeTerminated(pipe)
        ended()
      },
      undelivered: (pipe, message) => {
        host.undelivered?.(pipe, message)
      },
    }
  }
}

/** Sends the hello message (ZMQ_HELLO_MSG). */
export function sendHello(pipe: Pipe, host: TransportHost): void {
  const { helloMessage } = host.transportOptions()
  if (helloMessage.length > 0) pipe.send([helloMessage])
}

function move(from: Pipe, to: Pipe): void {
  for (let message = from.receive(); message !== undefined; message = from.receive()) to.sendPastMark(message)
}
