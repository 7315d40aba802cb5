// Loaded into Node contenders with `--import` while memory is measured: on SIGUSR2 a process collects its garbage and
// writes what V8 and Node hold to FOLDER/PID.json. `SLUICE_BENCH_HEAP_FOLDER=FOLDER node --import …/heap-report.ts`
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HEAP_FOLDER_VARIABLE } from './heap-figures.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  // Twice: what finalizers let go of is collected by the second.
  collect();
  setImmediate(() => {
    collect();
    const file = join(process.env[HEAP_FOLDER_VARIABLE] ?? '.', `${process.pid}.json`);
    writeFileSync(`${file}.next`, JSON.stringify(process.memoryUsage()));
    renameSync(`${file}.next`, file);
  });
});
