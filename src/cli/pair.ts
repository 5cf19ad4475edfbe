import { Pair } from "../index.js"
import { bothWays } from "./both-ways.js"

export const pair = bothWays("pair", "Sends to and prints from exactly one PAIR peer.", () => new Pair())
