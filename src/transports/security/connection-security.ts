import { heartbeat, type HeartbeatMaker } from "../../core/heartbeat.js"
import { zmqError } from "../../core/errors.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import { ownCopy } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import type { Security, Verdict } from "../../zmtp/handshake/security.js"
import type { ConnectionHost, TransportOptions } from "../transport.js"
import { AuthenticationQueue } from "./authentication-queue.js"
import { judge, type Run } from "./zap.js"

/** What connections of Node alone have: security, with what has to be there for it and who judges peers, and heartbeats. */
export interface ConnectionSecurity {
  readonly heartbeat: HeartbeatMaker
  /** The options of `host`, with the security that follows from them. */
  options(host: ConnectionHost): TransportOptions
  /**
   * Before `endpoint` is bound or connected to.
   * @throws ZmqError EINVAL unless these are all the options that their mechanism needs; ENOTSUP where it cannot be had.
   */
  check(endpoint: string, security: Security): void
  /** Tells `judged` the verdict, or why there is none. @param gone Nobody waits for it any more. */
  judge(
    host: ConnectionHost,
    options: TransportOptions,
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void
}

/**
 * All mechanisms, ZAP, and heartbeats.
 * @param load Loads the library for CURVE. It is called when CURVE is used first, and again after it has failed.
 */
export function createConnectionSecurity(load: () => CurveCrypto): ConnectionSecurity {
  let loaded: CurveCrypto | undefined
  const library = (): CurveCrypto => (loaded ??= load())

  return {
    heartbeat,
    options(host) {
      const options: { -readonly [Key in keyof TransportOptions]: TransportOptions[Key] } = host.transportOptions()
      options.security = securityOf(options, library)
      return options
    },
    check(address, security) {
      if (security.mechanism !== "CURVE") return
      const missing = missingFrom(security)
      if (missing !== undefined) {
        throw zmqError("EINVAL", { address, cause: new Error(`Incomplete CURVE options: missing ${missing}`) })
      }
      try {
        library()
      } catch (error) {
        throw zmqError("ENOTSUP", { address, cause: error })
      }
    },
    judge(host, options, { mechanism, credentials }, address, gone, judged) {
      if (host.askSocket?.({ mechanism, credentials }, address, gone, judged) === true) return
      const { zapDomain: domain, zapEnforceDomain, routingId, maxAuthentications } = options
      // A judgement may take its time: it must not keep the memory that the peer's bytes came in.
      const question = { mechanism, credentials: credentials.map(ownCopy), domain, address, routingId }
      const queue = queues.get(host) ?? new AuthenticationQueue()
      queues.set(host, queue)
      const waiting = new Waiting(judged)
      const run: Run = (task) => {
        const signal = gone()
        signal.addEventListener("abort", waiting.leave)
        return queue.run(maxAuthentications, signal, () => task(signal))
      }
      try {
        const verdict = judge(question, host.authenticator, host.inproc, zapEnforceDomain, run)
        if (verdict instanceof Promise) void verdict.catch(unjudged).then(waiting.tell)
        else waiting.tell(verdict)
      } catch (error) {
        waiting.tell(unjudged(error))
      }
    },
  }
}

/** Who waits for a verdict, as long as it does: a verdict that never comes must not keep a connection that is gone. */
class Waiting {
  #judged: ((verdict: Verdict | Error) => void) | undefined

  constructor(judged: (verdict: Verdict | Error) => void) {
    this.#judged = judged
  }

  readonly tell = (verdict: Verdict | Error): void => {
    const judged = this.#judged
    this.#judged = undefined
    judged?.(verdict)
  }

  readonly leave = (): void => {
    this.#judged = undefined
  }
}

/** The judgements of each socket. */
const queues = new WeakMap<ConnectionHost, AuthenticationQueue>()

/** @param library The library for CURVE, called when a connection starts: it is loaded by then. */
function securityOf(options: TransportOptions, library: () => CurveCrypto): Security {
  const { mechanism, asServer, authenticate, zapDomain, zapEnforceDomain } = options
  const asked = authenticate !== undefined || zapDomain.length > 0
  switch (mechanism) {
    case "NULL":
      return { mechanism, authenticates: asked }
    case "PLAIN":
      if (asServer) return { mechanism, asServer }
      return { mechanism, asServer, username: options.plainUsername, password: options.plainPassword }
    case "CURVE": {
      const secretKey = options.curveSecretKey
      if (asServer) {
        return {
          mechanism,
          asServer,
          secretKey,
          authenticates: asked || !zapEnforceDomain,
          get crypto() {
            return library()
          },
        }
      }
      return {
        mechanism,
        asServer,
        publicKey: options.curvePublicKey,
        secretKey,
        serverKey: options.curveServerKey,
        get crypto() {
          return library()
        },
      }
    }
  }
}

/** Which options CURVE lacks, if it is chosen and lacks any. A server finds its public key by itself. */
function missingFrom(security: Security): string | undefined {
  if (security.mechanism !== "CURVE") return undefined
  const { secretKey } = security
  if (!security.asServer && security.serverKey.length === 0) {
    return "curveServerKey for a client, or curveServer: true for a server"
  }
  const needed = security.asServer
    ? { curveSecretKey: secretKey }
    : { curvePublicKey: security.publicKey, curveSecretKey: secretKey }
  const missing = Object.entries(needed).filter(([, key]) => key.length === 0)
  return missing.length === 0 ? undefined : missing.map(([name]) => name).join(", ")
}

/** Why there is no verdict. */
function unjudged(error: unknown): Error {
  if (error instanceof Error && "code" in error) return error
  return zmqError("EFAULT", { message: "The peer could not be authenticated", cause: error })
}
