import { initialSettings, type SocketSettings } from "../../src/sockets/options/settings.js"

/** Default options of patterns, as in libzmq. */
export const DEFAULTS: SocketSettings = initialSettings("PAIR")
