import { Router } from "../index.js"
import { bothWays } from "./both-ways.js"

export const router = bothWays(
  "router",
  "Prints what its peers send, and sends to the peer that the first frame names. Ids that are no text are 0x….",
  () => new Router(),
  "peer",
)
