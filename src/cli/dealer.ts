import { Dealer } from "../index.js"
import { bothWays } from "./both-ways.js"

export const dealer = bothWays(
  "dealer",
  "Deals messages out to its peers in turn, and prints what comes from all of them.",
  () => new Dealer(),
)
