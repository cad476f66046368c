use st_core::clustering::{cluster, ClusterOptions, Told};
use st_core::diarization::*;
use st_core::time::{Millis, TimeSpan};
struct R(u64);
impl R { fn u(&mut self)->f32{ self.0^=self.0<<13; self.0^=self.0>>7; self.0^=self.0<<17; (self.0>>40) as f32/(1u64<<24) as f32 }
 fn g(&mut self)->f32{ (0..6).map(|_|self.u()).sum::<f32>()-3.0 } }
fn unit(v:&mut [f32]){ let l=v.iter().map(|x|x*x).sum::<f32>().sqrt(); v.iter_mut().for_each(|x|*x/=l); }
fn make(hours:f64,people:usize)->(SpeakerEvidence,Vec<usize>){
 let mut r=R(88172645463325252); let d=192;
 let means:Vec<Vec<f32>>=(0..people).map(|_|{let mut v:Vec<f32>=(0..d).map(|_|r.g()).collect();unit(&mut v);v}).collect();
 let mut e:Vec<Vec<f32>>=vec![vec![0.0;d];people];
 let dur=(hours*3.6e6) as u64; let mut windows=vec![];
 for s in window_starts(Millis(dur),STEP){
  // turns of 6 s
  let who=|t:u64|{ ((t/6000)*2654435761u64%97) as usize%people };
  let mut ids:Vec<usize>=vec![]; let activity:Vec<u8>=(0..589u64).map(|f|{let t=s.0+f*16875/1000;let w=who(t);let l=ids.iter().position(|&x|x==w).unwrap_or_else(||{ids.push(w);ids.len()-1});if l<3{1<<l}else{0}}).collect();
  let voices=ids.iter().take(3).enumerate().map(|(l,&w)|{ for x in e[w].iter_mut(){*x=0.9*(*x)+0.044*r.g();}
    let mut v:Vec<f32>=means[w].iter().zip(&e[w]).map(|(a,b)|a+b*0.55+0.02*r.g()).collect();unit(&mut v);
    LocalVoice{local:l as u8,clean_ms:activity.iter().filter(|&&a|a==1<<l).count() as u32*17,embedding:v}}).collect();
  windows.push(EvidenceWindow{start:s,activity,voices});
 }
 (SpeakerEvidence{windows},vec![])
}
fn main(){
 for h in [1.0,2.5,5.0,10.0]{ let (ev,_)=make(h,8); let n:usize=ev.windows.iter().map(|w|w.voices.len()).sum();
  let dist={let vs:Vec<&Vec<f32>>=ev.windows.iter().flat_map(|w|w.voices.iter().map(|v|&v.embedding)).collect(); let dot=|a:&[f32],b:&[f32]|a.iter().zip(b).map(|(x,y)|x*y).sum::<f32>(); 1.0-dot(vs[0],vs[vs.len()/2])};
  for told in [vec![],vec![Told{span:TimeSpan::new(0,5000),speaker:0},Told{span:TimeSpan::new(12000,17000),speaker:1}]]{
  let t=std::time::Instant::now(); let g=cluster(&ev,&told,&ClusterOptions::default()); println!("{h} h: {n} voices, {:.2} s, {} speakers, sample distance {dist:.2}",t.elapsed().as_secs_f64(),g.diarization.speakers().len()); } }
}
