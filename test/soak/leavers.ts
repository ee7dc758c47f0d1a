// Thousands of races of users who leave on two servers, while the tables are rebuilt.
import { raceOfLeavers } from '../support/racing-leavers.ts'
import { soakRaces } from '../support/soak-races.ts'

soakRaces('of users who leave end as they must', raceOfLeavers)
