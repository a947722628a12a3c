/**
 * Words of their own that are a slip away from a term: whoever writes one of them has not misspelled the other. Found
 * among the 600,000 commonest words of twelve languages, less those that mean what the term means.
 */
import { fold, skeleton } from './fold.ts'

const words =
  'andress andressa asexual asexuality asexually asexuals aufgezogen ausgewogen ausgewogene ausgewogenen ' +
  'ausgewogener ausgewogenes babine balbino beasts billetterie billettes breaths caddies cambino capezzale ' +
  'capezzone cenital childline chiquitita chiquititas chiquitito chiquito chiquitos chiquitín cobrinha ' +
  'colegiada colegiata collegial collegian collegians collerette collégial collégiales cornstarch creamfields ' +
  'creamier criacao crianza criação daddies desabilitar destabilise destabilised destabilize destabilized ' +
  'destabilizes doddler drittklassige drittklassigen drittklassiger déstabilise déstabiliser déstabilisé ' +
  'déstabilisée déstabilisés ejection election elections elective eroismo erstklassig erstklassige ' +
  'erstklassigem erstklassigen erstklassiger erstklassiges estudantis estudiaste exotisch exotische exotischem ' +
  'exotischen exotischer exotisches exotisme exotismo fallando filiation filleted foliation follette freshen ' +
  'gambini gambino garçonete garçonne geladinha geniaal geniais genial genialata geniale genialen genialer ' +
  'geniales geniali genialità genially genialna genialne genialnie genialny genialnym genialt genitiv genitive ' +
  'genitivo genival geniální gentalha gillette grandison grandmont grandona grundschuld hermine génial géniale géniales ' +
  'génitif génitrice headdress hippies infact infanta infantas infante infantes infantin infantino infanto ' +
  'infantry infantryman jillette kindaichi kinderarts laughter laughters lenfant lounger magazzini magazzino ' +
  'mouthful nappies newbern newburn nicotina nippes nourrissant nourrissante nourrissent nymphaea nymphea ' +
  'nympheas paddies pagina pegadinha pegadinhas piadinha piadinhas pretence pretences pretend pretenda ' +
  'pretendam pretendan pretendas pretende pretended pretendem pretenden pretender pretendes pretendeu pretendi ' +
  'pretendia pretending pretendió pretendo pretends pretendía pretensa pretense pretenses pretension ' +
  'pretensions pretensje pretensji pretenso pretensão pretentious prétend prétende prétendez prétendit ' +
  'prétendre prétends prétendu prétendue prétendus prêtent prêtée prêtées página ragazzone ragazzoni ragazzotto ' +
  'rausgezogen rillettes rippled ripples schoolboeken schoolbook schoolbooks schoolgeld schoolmaster ' +
  'schoolmasters schoolwide schulen schultern sedicente sedicenti sfogliato slaughter sobrias sobrios sombrinha ' +
  'sophomoric spoglia spoliation stopless striper stripers strippe strippen studious sundress sundresses ' +
  'svogliati svogliato sóbrias sóbrios testified testifies tipples toddle toddles toeless topples trancando ' +
  'transado tripper trippers underated underlaget underläge vacina vaglia vaina vanina varina vibrato vibratory ' +
  'villette violation virginale virginia virginian virginians virgínia zweitklassige zweitklassigen ' +
  'zweitklassiger zweitklassiges éjection élection étudiait étudient десятилетие десятилетии десятилетий ' +
  'десятилетия десятилетиями подмостках студент студента студентам студентами ' +
  'студентов студентом студенту студенты'

/** As skeletons, for that is what they are compared with. */
export const realWords: ReadonlySet<string> = new Set(
  words.split(' ').map((word) => skeleton(fold(word))),
)
