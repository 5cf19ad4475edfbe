import { heartbeat, type HeartbeatMaker } from "../../core/connection/heartbeat.js"
import { zmqError } from "../../core/errors.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import { ownCopy } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import type { Security, Verdict } from "../../zmtp/handshake/security.js"
import type { ConnectionHost, TransportOptions } from "../transport.js"
import { AuthenticationQueue } from "./authentication-queue.js"
import { authenticate, type Run } from "./zap.js"

/** Features of connections that only some platforms have: mechanisms, authentication, and heartbeats. */
export interface ConnectionSecurity {
  readonly heartbeat: HeartbeatMaker
  /** Returns the options of `host`, including the resulting security. */
  options(host: ConnectionHost): TransportOptions
  /**
   * Validates the security options before `endpoint` is bound or connected.
   * @throws ZmqError EINVAL if options are missing for the mechanism; ENOTSUP if the mechanism is not available.
   */
  check(endpoint: string, security: Security): void
  /**
   * Authenticates a peer, and calls `done` with the verdict or an error. @param gone Creates a signal that aborts
   * when the verdict is no longer needed.
   */
  authenticate(
    host: ConnectionHost,
    options: TransportOptions,
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    done: (verdict: Verdict | Error) => void,
  ): void
}

/**
 * Supports all mechanisms, ZAP, and heartbeats.
 * @param load Loads the library for CURVE. It is called on the first use of CURVE, and again after a failure.
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
    authenticate(host, options, { mechanism, credentials }, address, gone, done) {
      if (host.askSocket?.({ mechanism, credentials }, address, gone, done) === true) return
      const { zapDomain: domain, zapEnforceDomain, routingId, maxAuthentications } = options
      // Authentication may take long, and must not keep the chunk alive that contained the credentials.
      const request = { mechanism, credentials: credentials.map(ownCopy), domain, address, routingId }
      const queue = queues.get(host) ?? new AuthenticationQueue()
      queues.set(host, queue)
      const pending = new PendingVerdict(done)
      const run: Run = (task) => {
        const signal = gone()
        signal.addEventListener("abort", pending.cancel)
        return queue.run(maxAuthentications, signal, () => task(signal))
      }
      try {
        const verdict = authenticate(request, host.authenticator, host.inproc, zapEnforceDomain, run)
        if (verdict instanceof Promise) void verdict.catch(authenticationFailed).then(pending.deliver)
        else pending.deliver(verdict)
      } catch (error) {
        pending.deliver(authenticationFailed(error))
      }
    },
  }
}

/**
 * The recipient of a verdict, which can be detached: a verdict that never arrives must not keep a closed connection
 * alive.
 */
class PendingVerdict {
  #done: ((verdict: Verdict | Error) => void) | undefined

  constructor(done: (verdict: Verdict | Error) => void) {
    this.#done = done
  }

  readonly deliver = (verdict: Verdict | Error): void => {
    const done = this.#done
    this.#done = undefined
    done?.(verdict)
  }

  readonly cancel = (): void => {
    this.#done = undefined
  }
}

/** The authentication queue of each socket. */
const queues = new WeakMap<ConnectionHost, AuthenticationQueue>()

/** @param library Returns the library for CURVE. It is called when a connection starts, and has been loaded before. */
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

/** The options that CURVE lacks, if it is selected. A server derives its public key. */
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

/** Converts an exception during authentication to an error. */
function authenticationFailed(error: unknown): Error {
  if (error instanceof Error && "code" in error) return error
  return zmqError("EFAULT", { message: "The peer could not be authenticated", cause: error })
}
