import { errorCode } from '../core/error.ts';

/** Whether a process of this machine runs; one that belongs to somebody else does. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
};
