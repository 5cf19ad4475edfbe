import { LocalPipe } from "../../core/local-pipe.js"
import type { Pipe, PipeEndOptions, PipeOwner } from "../../core/pipe.js"
import { zmqError } from "../../core/errors.js"
import type { Peer } from "../../zmtp/peer.js"
import type { RemotePipe } from "../../core/pipe.js"
import type { Binding, Connection, Transport, TransportHost } from "../transport.js"

/** The names of a context that are bound in other threads or realms. */
export interface RemoteNames {
  /** Resolves when it is known who else there is. */
  ready(): Promise<void> | undefined
  /** Takes `address` for this thread; false when another has it. */
  claim(address: string): boolean
  /** Who waits for `address` elsewhere learns that it is bound here. */
  announce(address: string): void
  release(address: string): void
  /** Whether `address` is bound elsewhere. */
  isBound(address: string): boolean
  /** This end of a pipe to whoever has bound `address` elsewhere, `undefined` when nobody has. `self` is told there. */
  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): RemotePipe | undefined
}

/**
 * `inproc://`: sockets of one context joined by a bare pipe. A name may be connected before it is bound; the messages
 * sent meanwhile wait in the pipe.
 */
export class Inproc implements Transport {
  readonly #bound = new Map<string, TransportHost>()
  readonly #waiting = new Map<string, Set<InprocConnection>>()
  #remote: RemoteNames | undefined

  /** Whether names are known beyond this thread. */
  get extended(): boolean {
    return this.#remote !== undefined
  }

  /** What is bound here. */
  get names(): string[] {
    return [...this.#bound.keys()]
  }

  /** From now on names are those of `remote`, too. */
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
    const waiting = this.#waiting.get(address)
    this.#waiting.delete(address)
    if (waiting !== undefined) for (const connection of waiting) connection.join(host)
    this.#remote?.announce(address)
    const release = (): void => {
      if (this.#bound.get(address) !== host) return
      this.#bound.delete(address)
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

  /** Whether `address` is bound. */
  isBound(address: string): boolean {
    return this.#bound.has(address) || this.#remote?.isBound(address) === true
  }

  /** A pipe that belongs to no socket, to whoever has bound `address`; `undefined` when nobody has. */
  open(address: string, owner: PipeOwner, options: PipeEndOptions, self: Peer): Pipe | undefined {
    const binder = this.#bound.get(address)
    if (binder === undefined) return this.#remote?.open(address, owner, options, self)
    const [near, far] = LocalPipe.pair(owner, options, binder, binder.pipeOptions())
    binder.attach(far)
    near.announcePeer(self)
    far.announcePeer(binder.self)
    return near
  }

  connect(address: string, host: TransportHost, routingId: Uint8Array | undefined, ended: () => void): Connection {
    const binder = this.#bound.get(address)
    const connection = new InprocConnection(host, routingId, ended)
    if (binder === undefined && connection.cross(address, this.#remote)) return connection
    if (!connection.wait()) return connection
    if (binder === undefined) this.#wait(address, connection)
    else connection.join(binder)
    return {
      disconnect: (linger) => {
        connection.disconnect(linger)
        // What was sent before anybody has bound the name may still find its reader.
        if (linger !== 0 && connection.leaves) return
        if (this.#waiting.get(address)?.delete(connection) === true) connection.drop()
      },
    }
  }

  // What comes from beyond

  /** `address` is bound elsewhere: those who wait for it go there. */
  offered(address: string): void {
    const waiting = this.#waiting.get(address)
    if (waiting === undefined) return
    for (const connection of waiting) if (connection.cross(address, this.#remote)) waiting.delete(connection)
    if (waiting.size === 0) this.#waiting.delete(address)
  }

  /** The socket that has bound `address`, for a pipe from elsewhere. */
  binder(address: string): TransportHost | undefined {
    return this.#bound.get(address)
  }

  #wait(address: string, connection: InprocConnection): void {
    const waiting = this.#waiting.get(address)
    if (waiting === undefined) this.#waiting.set(address, new Set([connection]))
    else waiting.add(connection)
  }
}

/** A connection: a pipe whose far end waits for the socket that binds the name, and is owned by nobody until then. */
class InprocConnection implements Connection {
  #near: Pipe | undefined
  #far: Pipe | undefined
  /** The near end, once it leads to a place beyond. */
  #distant: RemotePipe | undefined

  constructor(
    private readonly host: TransportHost,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
  ) {}

  /** Whether messages are here for whoever binds the name. */
  get leaves(): boolean {
    return this.#far?.readable === true
  }

  /** Lets messages queue; false when the socket has refused the pipe, such as a PAIR that has a peer. */
  wait(): boolean {
    const { host } = this
    ;[this.#near, this.#far] = LocalPipe.pair(this.#owner(), host.pipeOptions(), NO_OWNER)
    this.#near.destination = this
    host.attach(this.#near, this.routingId)
    if (this.#near.severed) return false
    greet(this.#near, host)
    return true
  }

  join(binder: TransportHost): void {
    const [near, far] = [this.#near!, this.#far!]
    far.adopt(binder, binder.pipeOptions())
    binder.attach(far)
    greet(far, binder)
    near.announcePeer(this.host.self)
    far.announcePeer(binder.self)
    far.activate()
  }

  /** Becomes a pipe to a place beyond, with what has queued; false when the name is not bound there. */
  cross(address: string, remote: RemoteNames | undefined): boolean {
    const { host } = this
    const pipe = remote?.open(address, this.#owner(), host.pipeOptions(), host.self)
    if (pipe === undefined) return false
    pipe.destination = this
    const [near, far] = [this.#near, this.#far]
    this.#near = this.#distant = pipe
    this.#far = undefined
    if (near === undefined || far === undefined) {
      host.attach(pipe, this.routingId)
      greet(pipe, host)
      pipe.activate()
    } else if (near.severed) {
      pipe.owner = NO_OWNER
      move(far, pipe)
      pipe.close()
    } else {
      // Nothing may overtake what has queued, be it the first words of a new pipe: they are in the queue.
      pipe.hold()
      // The connection goes on: only the socket is told.
      near.owner = host
      host.detach(near)
      host.attach(pipe, this.routingId)
      move(far, pipe)
      pipe.activate()
      pipe.release()
    }
    return true
  }

  /** Nobody will bind the name for what was sent. */
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

/** At the end of a pipe where nobody is yet, or any more. */
const NO_OWNER: PipeOwner = {
  peerReady: () => undefined,
  readActivated: () => undefined,
  writeActivated: () => undefined,
  pipeTerminated: () => undefined,
}

/** ZMQ_HELLO_MSG */
export function greet(pipe: Pipe, host: TransportHost): void {
  const { helloMessage } = host.transportOptions()
  if (helloMessage.length > 0) pipe.send([helloMessage])
}

function move(from: Pipe, to: Pipe): void {
  for (let message = from.receive(); message !== undefined; message = from.receive()) to.sendPastMark(message)
}
