import { heartbeat, type HeartbeatMaker } from "../core/heartbeat.js"
import { zmqError } from "../errors.js"
import { crypto } from "../zmtp/curve/crypto.js"
import type { Credentials } from "../zmtp/engine.js"
import type { Security, Verdict } from "../zmtp/security.js"
import type { TransportHost, TransportOptions } from "./transport.js"
import { judge } from "./zap.js"

/** What connections of Node alone have: security, with what has to be there for it and who judges peers, and heartbeats. */
export interface Guard {
  readonly heartbeat: HeartbeatMaker
  /** The options of `host`, with the security that follows from them. */
  options(host: TransportHost): TransportOptions
  /**
   * Before `endpoint` is bound or connected to.
   * @throws ZmqError EINVAL unless these are all the options that their mechanism needs; ENOTSUP where it cannot be had.
   */
  check(endpoint: string, security: Security): void
  /** Tells `judged` the verdict, or why there is none. @param gone Nobody waits for it any more. */
  judge(
    host: TransportHost,
    options: TransportOptions,
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void
}

/** All mechanisms, ZAP, and heartbeats. */
export const guard: Guard = {
  heartbeat,
  options(host) {
    const options: { -readonly [Key in keyof TransportOptions]: TransportOptions[Key] } = host.transportOptions()
    options.security = securityOf(options)
    return options
  },
  check(address, security) {
    if (security.mechanism !== "CURVE") return
    const missing = missingFrom(security)
    if (missing !== undefined) {
      throw zmqError("EINVAL", { address, cause: new Error(`Incomplete CURVE options: missing ${missing}`) })
    }
    try {
      crypto()
    } catch (error) {
      throw zmqError("ENOTSUP", { address, cause: error })
    }
  },
  judge(host, { zapDomain, zapEnforceDomain, routingId }, credentials, address, gone, judged) {
    const question = { ...credentials, domain: zapDomain, address, routingId }
    let verdict: Verdict | Promise<Verdict> | Error
    try {
      verdict = judge(question, host.authenticator, host.inproc, zapEnforceDomain, gone)
    } catch (error) {
      verdict = unjudged(error)
    }
    if (verdict instanceof Promise) void verdict.catch(unjudged).then(judged)
    else judged(verdict)
  },
}

function securityOf(options: TransportOptions): Security {
  const { mechanism, asServer, authenticate, zapDomain, zapEnforceDomain } = options
  const asked = authenticate !== undefined || zapDomain.length > 0
  return {
    mechanism,
    asServer,
    authenticates:
      mechanism === "PLAIN" ? asServer : mechanism === "CURVE" ? asServer && (asked || !zapEnforceDomain) : asked,
    username: options.plainUsername,
    password: options.plainPassword,
    publicKey: options.curvePublicKey,
    secretKey: options.curveSecretKey,
    serverKey: options.curveServerKey,
  }
}

/** Which options CURVE lacks, if any. A server finds its public key by itself. */
function missingFrom({ asServer, publicKey, secretKey, serverKey }: Security): string | undefined {
  if (!asServer && serverKey.length === 0) return "curveServerKey for a client, or curveServer: true for a server"
  const needed = asServer ? { curveSecretKey: secretKey } : { curvePublicKey: publicKey, curveSecretKey: secretKey }
  const missing = Object.entries(needed).filter(([, key]) => key.length === 0)
  return missing.length === 0 ? undefined : missing.map(([name]) => name).join(", ")
}

/** Why there is no verdict. */
function unjudged(error: unknown): Error {
  if (error instanceof Error && "code" in error) return error
  return zmqError("EFAULT", { message: "The peer could not be judged", cause: error })
}
