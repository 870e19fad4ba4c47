// The spec reporter, which also leaves its counts, and what failed, in a file for the end of `npm test`.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_RETRY } = Mocha.Runner.constants;

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const troubles = [];
    const note = (kind) => (test, error) =>
      troubles.push(`${kind}: ${test.fullTitle()}\n    ${String(error?.message ?? error).slice(0, 600)}`);
    runner.on(EVENT_TEST_FAIL, note('failed'));
    runner.on(EVENT_TEST_RETRY, note('second try'));
    runner.on(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(
        process.env.MEDALLION_TEST_COUNTS,
        JSON.stringify({ passed: passes, failed: failures, skipped: pending, troubles }),
      );
    });
  }
};
