import type { ByteStreamOwner } from "../core/byte-stream.js"
import type { Counters } from "../core/counters.js"
import type { Pipe } from "../core/pipe.js"
import { Session, type SessionHost } from "../core/session.js"
import { zmqError } from "../errors.js"
import type { LimitName } from "../zmtp/protocol-error.js"
import { emitLoss, openPipe, tell, type Open } from "./dialer.js"
import { guard } from "./guard.js"
import type { Binding, TransportHost, TransportOptions } from "./transport.js"

/** A bound server of some kind. */
export interface Server {
  readonly endpoint: string
  /** Accepts no more; calls back when the address is free. */
  close(): Promise<void>
}

/** Most connections of one endpoint that may be in their handshake; past it the oldest makes room. */
export const MAX_HANDSHAKES = 1024

/** Has no use for a connection. */
const NOBODY: ByteStreamOwner = {
  room: () => undefined,
  data: () => undefined,
  alive: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
}

/** One bound endpoint and the sessions of the connections it has accepted. */
export class Listener implements Binding, SessionHost {
  endpoint = ""
  #server: Server | undefined
  readonly #sessions = new Set<Session>()
  /** Those whose handshake is not finished, oldest first. */
  readonly #handshaking = new Set<Session>()

  constructor(
    private readonly host: TransportHost,
    private readonly options: TransportOptions,
  ) {}

  listening(server: Server): void {
    this.#server = server
    this.endpoint = server.endpoint
    this.host.emit({ type: "bind", address: this.endpoint })
  }

  readonly accept = (open: Open): void => {
    const { maxConnections } = this.options
    if (maxConnections > 0 && this.#sessions.size >= maxConnections) {
      open(NOBODY).destroy()
      this.acceptFailed(overLimit("maxConnections", `Over ${maxConnections} connections`))
      return
    }
    const session = new Session(this, this.options, this.host.clock, guard.heartbeat)
    this.#sessions.add(session)
    this.#handshaking.add(session)
    this.host.emit({ type: "accept", address: this.endpoint })
    if (this.#handshaking.size > MAX_HANDSHAKES) this.#makeRoom()
    session.attach(open(session))
  }

  readonly acceptFailed = (error: Error): void => {
    this.host.emit({ type: "accept:error", address: this.endpoint, error })
  }

  async unbind(linger: number): Promise<void> {
    for (const session of [...this.#sessions]) {
      session.finish()
      session.linger(linger)
    }
    await this.#server?.close()
    this.host.emit({ type: "close", address: this.endpoint })
  }

  close(linger: number): void {
    void this.#server?.close()
    this.host.emit({ type: "close", address: this.endpoint })
    for (const session of [...this.#sessions]) {
      if (session.peer === undefined) session.abort()
      else session.linger(linger)
    }
  }

  get counters(): Counters {
    return this.host.counters
  }

  openPipe(session: Session): Pipe {
    return openPipe(this.host, session)
  }

  authenticate(...[credentials, address, gone, judged]: Parameters<SessionHost["authenticate"]>): void {
    guard.judge(this.host, this.options, credentials, address, gone, judged)
  }

  sessionReady(session: Session): void {
    this.#handshaking.delete(session)
    if (session.handshakes) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean): void {
    if (handshaken) tell(session, this.options.disconnectMessage)
    session.abort()
    emitLoss(this.host, this.endpoint, error, handshaken)
  }

  sessionEnded(session: Session): void {
    this.#sessions.delete(session)
    this.#handshaking.delete(session)
  }

  #makeRoom(): void {
    for (const oldest of this.#handshaking) {
      this.sessionLost(
        oldest,
        overLimit("unfinished handshakes", `Over ${MAX_HANDSHAKES} unfinished handshakes`),
        false,
      )
      return
    }
  }
}

/** One peer more than there may be, whatever it has done. */
function overLimit(limit: LimitName, message: string): Error {
  return Object.assign(zmqError("EMFILE", { message }), { limit })
}
