// @ts-expect-error -- made by the build, without types
import compiled from "../../../vendor/libsodium.wasm"
import { Budget } from "../../core/budget.js"
import { SILENT_CHANNELS } from "../../core/channels.js"
import { globalTimers } from "../../core/clock.js"
import { KeepAlive } from "../../core/keep-alive.js"
import { createRuntime, type Scheduler } from "../../core/runtime.js"
import { createWebSodium } from "../../security/web-sodium.js"
import * as attachment from "../../transports/attached/attachment.js"
import { createStreams } from "../../transports/attached/streams.js"
import { createConnectionSecurity } from "../../transports/security/connection-security.js"
import type { CurveCrypto } from "../../zmtp/handshake/curve/crypto.js"
import type { Platform } from "../platform.js"
import { workerdTcp } from "./tcp.js"

let sodium: CurveCrypto | undefined

/** The cryptography of CURVE. The host has compiled it: at run time, no WebAssembly may be compiled. */
export function workerdSodium(): CurveCrypto {
  return (sodium ??= createWebSodium(compiled as WebAssembly.Module))
}

/** A timer belongs to the request that has set it, and comes after all microtasks. */
const scheduler: Scheduler = {
  afterMicrotasks: (task) => {
    setTimeout(task, 0)
  },
  nextTurn: (task) => {
    setTimeout(task, 0)
  },
}

/** The request keeps a Worker alive, and nothing else does: no timer is set for that. */
const unneeded = { ref: () => undefined, unref: () => undefined }
const keepAlive = new KeepAlive(scheduler, { ...globalTimers, setInterval: () => unneeded })

const runtime = createRuntime(scheduler, { keepAlive })
const security = createConnectionSecurity(workerdSodium)
const streams = createStreams(security, () => Promise.resolve(attachment))

/** Cloudflare's runtime: connections out of a Worker, and streams of the application's. */
export const workerdPlatform: Platform = {
  ...runtime,
  transports: new Map(streams.transports({ tcp: workerdTcp }, runtime)),
  features: new Set(["heartbeats", "security"]),
  channels: SILENT_CHANNELS,
  streams,
  // What waits for its turn belongs to a request, and may run in no other.
  forContext: () => ({ ...workerdPlatform, budget: new Budget(scheduler) }),
}
