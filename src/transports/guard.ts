import { heartbeat, type HeartbeatMaker } from "../core/heartbeat.js"
import { cryptoLoaded, loadCrypto } from "../zmtp/curve/crypto.js"
import type { Credentials } from "../zmtp/engine.js"
import type { Security, Verdict } from "../zmtp/security.js"
import type { TransportHost, TransportOptions } from "./transport.js"
import { judge } from "./zap.js"

/** What connections of Node alone have: security, with what has to be there for it and who judges peers, and heartbeats. */
export interface Guard {
  readonly heartbeat: HeartbeatMaker
  /** Whether all is there that connections with this security need. */
  isPrepared(security: Security): boolean
  prepare(): Promise<void>
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
  isPrepared: ({ mechanism }) => mechanism !== "CURVE" || cryptoLoaded(),
  prepare: loadCrypto,
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

/** Why there is no verdict. */
function unjudged(error: unknown): Error {
  return error instanceof Error ? error : new Error("Nobody judges the peer", { cause: error })
}
