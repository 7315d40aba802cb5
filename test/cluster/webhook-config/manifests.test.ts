import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseAllDocuments, stringify } from 'yaml';
import { newestKubectl } from '../control-plane/kubectl.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { versionUnderTest } from '../versions.ts';
