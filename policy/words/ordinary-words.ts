/**
 * Short words that stand beside each other all the time: where a term appears only because of the space between two of
 * them (`her pen is`), nobody has written it.
 */
import { skeleton } from './fold.ts'

const english =
  'a i am an and any are as at ate be bed big bit boot bow box but buy by can cap car cat chi coat cop cow cup cut ' +
  'dad day den did do dog dot down dry ear eat egg end era eye fan far fat few fit fix fly for fox fun gem get go ' +
  'god gold good got grand gun had ham hat he hen her hi him hip his hit hot how ice if ill in ink inn into is it ' +
  'its jam jar jet job joy key lad lap law led leg let lid lie lip lit log lot low mad man map mat may me men met ' +
  'mid mix mom mud my nap near neck net new nice night no nor not now nut oak odd of off oil old on one or orb ore ' +
  'our out owl own pad pan past path pen per pet pie pig pin pink pit pot put rag ram ran rap rat raw ray red rib ' +
  'rich rid rim ring rip road rod room root row rub rug run sad sat saw sea see set she shy sin sip sit six sky so ' +
  'some son star sub such sum sun tan tap tar tax tea ten test text than that the their them then there these they ' +
  'thin this tie tin tip tit to toe ton too top tot toy try tub two up urn us use van vest vet via wag war was wax ' +
  'way we web well were wet who why wig win with woman word yes yet you zoo al la el ex st jr mr mrs ms dr ok tv uk'

const others =
  'un una uno unas unos el los las le les lo il gli de del des du da di do dos das der die den dem ein eine es en et ' +
  'e y o ou und mit von zu im am an auf bei aus ni no na nu ne se si su sur son sa ses ma mon mes mi tu te que qui ' +
  'chi che con com sem sin sans por para pour par per tra ao aos um uma nos nas mas mais plus muy tres est sono sei ' +
  'ist sind war ser era no non nao pas por no na pod za iz ot do po vo ko'

/** As skeletons, for that is what they are compared with. */
export const ordinaryWords: ReadonlySet<string> = new Set(
  [...english.split(' '), ...others.split(' ')].map((word) => skeleton(word)),
)
