import type { Command } from "./command.js"
import { completion } from "./completion.js"
import { dealer } from "./dealer.js"
import { DRAFTS } from "./drafts.js"
import { dump } from "./dump.js"
import { keygen } from "./keygen.js"
import { man } from "./man.js"
import { monitor } from "./monitor.js"
import { pair } from "./pair.js"
import { perf } from "./perf.js"
import { probe } from "./probe.js"
import { proxy } from "./proxy.js"
import { pub } from "./pub.js"
import { pull } from "./pull.js"
import { push } from "./push.js"
import { rep } from "./rep.js"
import { req } from "./req.js"
import { router } from "./router.js"
import { sub } from "./sub.js"

/** All commands: their options, help, completion, manual page, and the tables of docs/cli.md follow from this table. */
export const COMMANDS: readonly Command[] = [
  ...[pub, sub, push, pull, req, rep, dealer, router, pair],
  ...DRAFTS,
  ...[proxy, keygen, monitor, probe, perf, dump],
  completion(() => COMMANDS),
  man(() => COMMANDS),
]
