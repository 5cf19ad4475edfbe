import type { Socket } from "../../src/index.js"
import { freeInproc } from "./endpoints.js"

/** Connects `near` to `far` within the process, and returns both. */
export async function connected<Near extends Socket, Far extends Socket>(near: Near, far: Far): Promise<[Near, Far]> {
  const endpoint = freeInproc()
  await far.bind(endpoint)
  near.connect(endpoint)
  return [near, far]
}
