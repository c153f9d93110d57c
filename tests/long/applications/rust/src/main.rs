fn main() {
    println!("rust {}", std::env::args().count());
}
