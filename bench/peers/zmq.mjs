// One process of a measurement, with a library that has the API of zeromq.js: `zmtp` (the built package) or `zeromq`.
// Arguments: library, role, endpoints, message size in bytes, number of peers, warm-up in ms, measurement in ms.
// Prints JSON, one object per line: `{ endpoints }` when others can connect, `{ cold }` after the warm-up, `{ value }`
// after the measurement.
import { role } from "./library.mjs"
import * as costs from "./roles/costs.mjs"
import * as curve from "./roles/curve.mjs"
import * as fairness from "./roles/fairness.mjs"
import * as proxies from "./roles/proxies.mjs"
import * as pubSub from "./roles/pub-sub.mjs"
import * as pushPull from "./roles/push-pull.mjs"
import * as requests from "./roles/requests.mjs"
import * as start from "./roles/start.mjs"

const roles = { ...costs, ...curve, ...fairness, ...proxies, ...pubSub, ...pushPull, ...requests, ...start }

// A profile is written only by a process that exits by itself.
process.once("SIGINT", () => process.exit())
// The benchmark ends all processes. Messages could be lost if a sender exited early.
setInterval(() => undefined, 60_000)
await roles[role]()
