/**
 * Adds the code of I/O threads to a bundled program. Import it for its effect, anywhere in the program:
 *
 * ```ts no-run
 * import "zmtp/io-threads"
 * ```
 *
 * Programs that are not bundled do not need this module, which has no exports: they load the code from the package.
 *
 * @module zmtp/io-threads
 */

import { provideText } from "./platform/node/io-thread-code.js"
import { loadText } from "./platform/node/io-thread-text.js"

provideText(loadText)
