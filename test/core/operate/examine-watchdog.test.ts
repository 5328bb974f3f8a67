import assert from 'node:assert/strict';
import { examineWatchdog, type WatchdogSight } from '../../../src/core/operate/examine-watchdog.ts';
import { parseWatchdogFacts, stopsOnClose, type WatchdogFacts } from '../../../src/core/root/watchdog-facts.ts';
import { spec } from '../../support/spec.ts';

/** As sysfs shows a running i6300ESB of Linux 6.1. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  identity: 'i6300ESB timer\n',
  nowayout: '0\n',
  options: '0x8180\n',
  state: 'active\n',
  timeout: '20\n',
};

function factsOf(change: Readonly<Record<string, string | null>> = {}): WatchdogFacts {
  const all: Readonly<Record<string, string | null>> = { ...ATTRIBUTES, ...change };
  return parseWatchdogFacts('watchdog0', (name) => all[name] ?? null);
}

function complaints(change: Readonly<Record<string, string | null>>, sight: Partial<WatchdogSight> = {}): string[] {
  const config = { device: null, timeoutSeconds: 20, heartbeat: null };
  return examineWatchdog(config, { isPresent: true, isBooted: true, facts: factsOf(change), ...sight }).map(
    ({ level, found }) => `${level}: ${found}`,
  );
}

spec('parseWatchdogFacts()', {
  'reads what sysfs shows, and calls nothing known that is not there': () => {
    const { name, identity, options, nowayout, isActive, timeoutSeconds } = factsOf();
    assert.deepEqual(
      [name, identity, options, nowayout, isActive, timeoutSeconds],
      ['watchdog0', 'i6300ESB timer', 0x8180, false, true, 20],
    );
    const nothing = parseWatchdogFacts('watchdog0', () => null);
    assert.deepEqual(
      { ...nothing, name: null },
      { ...nothing, name: null, options: null, nowayout: null, isActive: null },
    );
    assert.equal(factsOf({ options: 'what' }).options, null);
  },
});

spec('stopsOnClose()', {
  'is so without magic close, unless it cannot be stopped at all': () => {
    assert.equal(stopsOnClose(factsOf()), false);
    assert.equal(stopsOnClose(factsOf({ options: '0x8080' })), true);
    assert.equal(stopsOnClose(factsOf({ options: '0x8080', nowayout: '1' })), false);
    assert.equal(stopsOnClose(factsOf({ options: null })), null);
    assert.equal(stopsOnClose(factsOf({ options: null, nowayout: '1' })), false);
  },
});

spec('examineWatchdog()', {
  'has nothing against one that runs and stays': () => {
    assert.deepEqual(complaints({}), ['ok: watchdog0 (i6300ESB timer) runs, 20 s']);
  },
  'finds a driver that stops on close, and one of which that is not known': () => {
    assert.match(complaints({ options: '0x8080' })[1] ?? '', /^warn: .*stops when its device is closed/);
    assert.match(complaints({ options: null }, { isBooted: false })[1] ?? '', /^warn: this kernel does not tell/);
    assert.equal(complaints({ options: null }).length, 1, 'the boot stage has tried it');
    assert.equal(complaints({ options: '0x8080', nowayout: '1' }).length, 1);
  },
  'finds one that does not run, cannot be set, or is not there': () => {
    assert.deepEqual(complaints({ state: 'inactive\n' }), ['warn: watchdog0 (i6300ESB timer) does not run']);
    assert.deepEqual(complaints({ options: '0x100' }), ['warn: watchdog0 (i6300ESB timer) has a fixed time-out, 20 s']);
    assert.deepEqual(complaints({}, { isPresent: false }), ['warn: there is no /dev/watchdog']);
  },
  'asks for none where it is switched off': () => {
    const off = { device: null, timeoutSeconds: 0, heartbeat: null };
    const [found] = examineWatchdog(off, { isPresent: false, isBooted: true, facts: factsOf() });
    assert.equal(found?.level, 'ok');
  },
});
