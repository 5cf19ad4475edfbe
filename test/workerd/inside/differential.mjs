// A Worker that runs the programs of test/differential with the published build, and returns their observations.
import * as zmq from "zmtp"
import { player } from "../../differential/play.mjs"
import context from "../../differential/programs/context.mjs"
import iteration from "../../differential/programs/iteration.mjs"
import messages from "../../differential/programs/messages.mjs"
import observer from "../../differential/programs/observer.mjs"
import options from "../../differential/programs/options.mjs"
import patterns from "../../differential/programs/patterns.mjs"
import proxy from "../../differential/programs/proxy.mjs"
import sockets from "../../differential/programs/sockets.mjs"
import surface from "../../differential/programs/surface.mjs"

const PROGRAMS = {
  context,
  iteration,
  messages,
  observer,
  options,
  patterns,
  proxy,
  sockets,
  surface,
}

export default {
  /** Runs all scenarios in one request, because the default context, which they use, belongs to the first request. */
  async fetch(request) {
    const wanted = await request.json()
    const lines = []
    const write = (line) => lines.push(line)
    for (const [program, chosen] of Object.entries(wanted)) {
      await player({ zmq, scenarios: PROGRAMS[program], write, warnings: [], chosen }).play()
    }
    return Response.json(lines)
  },
}
