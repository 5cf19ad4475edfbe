import { heartbeat, type HeartbeatMaker } from "../../core/connection/heartbeat.js"
import { zmqError } from "../../core/errors.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import { ownCopy } from "../../zmtp/bytes.js"
import type { Credentials } from "../../zmtp/engine.js"
import type { Security, Verdict } from "../../zmtp/handshake/security.js"
import type { ConnectionHost, StreamOptions, TransportOptions } from "../transport.js"
import { AuthenticationQueue } from "./authentication-queue.js"
import { authenticate, type Run } from "./zap.js"

/**
 * Features of connections that each need code: mechanisms, authentication, and heartbeats. Pages without `useStreams`
 * have connections without them.
 */
export interface ConnectionFeatures {
  readonly heartbeat: HeartbeatMaker
  /**
   * Validates the security options before `endpoint` is bound or connected, loads the library that their mechanism
   * needs, and returns the options with the resulting security.
   * @throws ZmqError EINVAL if options are missing for the mechanism; ENOTSUP if the mechanism is not available.
   */
  secure(endpoint: string, options: TransportOptions): StreamOptions
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
export function createConnectionFeatures(load: () => CurveCrypto): ConnectionFeatures {
  let library: CurveCrypto | undefined

  return {
    heartbeat,
    secure(address, options) {
      const missing = missingFrom(options)
      if (missing !== undefined) {
        throw zmqError("EINVAL", { address, cause: new Error(`Incomplete CURVE options: missing ${missing}`) })
      }
      const loadLibrary = (): CurveCrypto => {
        try {
          return (library ??= load())
        } catch (error) {
          throw zmqError("ENOTSUP", { address, cause: error })
        }
      }
      return { ...options, security: securityOf(options, loadLibrary) }
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

function securityOf(options: TransportOptions, loadLibrary: () => CurveCrypto): Security {
  const { mechanism, asServer, authenticate, zapDomain, zapEnforceDomain } = options
  const asked = authenticate !== undefined || zapDomain.length > 0
  switch (mechanism) {
    case "NULL":
      return { mechanism, authenticates: asked }
    case "PLAIN":
      if (asServer) return { mechanism, asServer }
      return { mechanism, asServer, username: options.plainUsername, password: options.plainPassword }
    case "CURVE": {
      const { curvePublicKey: publicKey, curveSecretKey: secretKey, curveServerKey: serverKey } = options
      const crypto = loadLibrary()
      if (asServer) return { mechanism, asServer, secretKey, authenticates: asked || !zapEnforceDomain, crypto }
      return { mechanism, asServer, publicKey, secretKey, serverKey, crypto }
    }
  }
}

/** The options that CURVE lacks, if it is selected. A server derives its public key. */
function missingFrom(options: TransportOptions): string | undefined {
  const { mechanism, asServer, curvePublicKey, curveSecretKey, curveServerKey } = options
  if (mechanism !== "CURVE") return undefined
  if (!asServer && curveServerKey.length === 0) {
    return "curveServerKey for a client, or curveServer: true for a server"
  }
  const needed = asServer ? { curveSecretKey } : { curvePublicKey, curveSecretKey }
  const missing = Object.entries(needed).filter(([, key]) => key.length === 0)
  return missing.length === 0 ? undefined : missing.map(([name]) => name).join(", ")
}

/** Converts an exception during authentication to an error. */
function authenticationFailed(error: unknown): Error {
  if (error instanceof Error && "code" in error) return error
  return zmqError("EFAULT", { message: "The peer could not be authenticated", cause: error })
}
