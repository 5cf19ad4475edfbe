import { Pipe, type PipeOwner } from "../core/pipe.js"
import { zmqError } from "../errors.js"
import type { Peer } from "../zmtp/peer.js"
import type { Binding, Connection, Transport, TransportHost } from "./transport.js"

/**
 * `inproc://`: sockets of one context joined by a bare pipe. A name may be connected before it is bound; the messages
 * sent meanwhile wait in the pipe.
 */
export class Inproc implements Transport {
  readonly #bound = new Map<string, TransportHost>()
  readonly #waiting = new Map<string, Set<Joint>>()

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to reject
  async bind(address: string, host: TransportHost): Promise<Binding> {
    return this.bindSync(address, host)
  }

  bindSync(address: string, host: TransportHost): Binding {
    const endpoint = `inproc://${address}`
    if (this.#bound.has(address)) throw zmqError("EADDRINUSE", { address: endpoint })
    this.#bound.set(address, host)
    const waiting = this.#waiting.get(address)
    this.#waiting.delete(address)
    if (waiting !== undefined) for (const joint of waiting) joint.join(host)
    const release = (): void => {
      if (this.#bound.get(address) === host) this.#bound.delete(address)
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
    return this.#bound.has(address)
  }

  /** Gives the socket bound to `address` the far end of a pipe whose near end belongs to no socket. */
  join(address: string, near: Pipe, far: Pipe, self: Peer): void {
    const binder = this.#bound.get(address)!
    far.adopt(binder, binder.pipeOptions())
    binder.attach(far)
    near.announcePeer(self)
    far.announcePeer(binder.self)
  }

  connect(address: string, host: TransportHost, routingId: Uint8Array | undefined, ended: () => void): Connection {
    const joint = new Joint(host, ended)
    host.attach(joint.near, routingId)
    greet(joint.near, host)
    const binder = this.#bound.get(address)
    if (binder === undefined) this.#wait(address, joint)
    else joint.join(binder)
    return {
      disconnect: (linger) => {
        host.detach(joint.near)
        // What was sent before anybody has bound the name may still find its reader.
        if (linger === 0 || !joint.far.readable) this.#waiting.get(address)?.delete(joint)
      },
    }
  }

  #wait(address: string, joint: Joint): void {
    const waiting = this.#waiting.get(address)
    if (waiting === undefined) this.#waiting.set(address, new Set([joint]))
    else waiting.add(joint)
  }
}

/** A pipe whose far end waits for the socket that binds the name, and is owned by nobody until then. */
class Joint implements PipeOwner {
  readonly near: Pipe
  readonly far: Pipe

  constructor(
    private readonly host: TransportHost,
    private readonly ended: () => void,
  ) {
    const owner: PipeOwner = {
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
        this.ended()
      },
    }
    ;[this.near, this.far] = Pipe.pair(owner, host.pipeOptions(), this)
  }

  join(binder: TransportHost): void {
    this.far.adopt(binder, binder.pipeOptions())
    binder.attach(this.far)
    greet(this.far, binder)
    this.near.announcePeer(this.host.self)
    this.far.announcePeer(binder.self)
    this.far.activate()
  }

  peerReady(): void {
    // Nobody is here yet.
  }

  readActivated(): void {
    // The messages wait until the name is bound.
  }

  writeActivated(): void {
    // Nobody sends from here yet.
  }

  pipeTerminated(): void {
    // The connecting side has gone without leaving anything.
  }
}

/** ZMQ_HELLO_MSG */
function greet(pipe: Pipe, host: TransportHost): void {
  const { helloMessage } = host.transportOptions()
  if (helloMessage.length > 0) pipe.send([helloMessage])
}
